package io.fairlead.http.exchange;

import io.fairlead.core.unit.Limit;
import io.fairlead.net.http.Answer;
import io.fairlead.net.http.BodyLength;
import io.fairlead.net.http.BodyReceiver;
import io.fairlead.net.http.FieldEdits;
import io.fairlead.net.http.RequestHead;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.net.live.LiveConnection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.nio.channels.FileChannel;

/**
 * An exchange whose request body is cut off when it grows beyond a route's limit. Used for bodies
 * that do not say their length; the others are refused before. Event loop only.
 */
final class BoundedBody implements ServerExchange {
  private final ServerExchange exchange;
  private final long max;

  BoundedBody(ServerExchange exchange, long max) {
    this.exchange = exchange;
    this.max = max;
  }

  static Answer tooLarge(Limit max) {
    return Answer.error(413, "body_too_large", "the body exceeds " + max + " bytes").closing();
  }

  @Override
  public void readBody(BodyReceiver receiver) {
    exchange.readBody(new Counting(receiver));
  }

  private final class Counting implements BodyReceiver {
    private final BodyReceiver receiver;
    private long received;
    private boolean failed;

    Counting(BodyReceiver receiver) {
      this.receiver = receiver;
    }

    @Override
    public void onData(ByteBuf data) {
      received += data.readableBytes();
      if (!failed && received <= max) {
        receiver.onData(data);
        return;
      }
      data.release();
      if (failed) return;
      failed = true;
      if (exchange.status() == 0) {
        exchange.respond(tooLarge(Limit.atMost(max)));
      } else {
        exchange.abort(); // the response is under way; only the end of the connection can tell
      }
      receiver.onFailed(413, "body_too_large");
    }

    @Override
    public void onEnd() {
      if (!failed) receiver.onEnd();
    }

    @Override
    public void onFailed(int status, String code) {
      if (!failed) receiver.onFailed(status, code);
    }
  }

  @Override
  public RequestHead head() {
    return exchange.head();
  }

  @Override
  public Channel channel() {
    return exchange.channel();
  }

  @Override
  public LiveConnection connection() {
    return exchange.connection();
  }

  @Override
  public boolean secure() {
    return exchange.secure();
  }

  @Override
  public long startedAtNanos() {
    return exchange.startedAtNanos();
  }

  @Override
  public void pauseBody() {
    exchange.pauseBody();
  }

  @Override
  public void resumeBody() {
    exchange.resumeBody();
  }

  @Override
  public void respond(Answer answer) {
    exchange.respond(answer);
  }

  @Override
  public void respond(int status, FieldEdits edits, BodyLength body) {
    exchange.respond(status, edits, body);
  }

  @Override
  public void write(ByteBuf data) {
    exchange.write(data);
  }

  @Override
  public void flush() {
    exchange.flush();
  }

  @Override
  public void sendFile(FileChannel file, long offset, long length) {
    exchange.sendFile(file, offset, length);
  }

  @Override
  public void finish() {
    exchange.finish();
  }

  @Override
  public boolean writable() {
    return exchange.writable();
  }

  @Override
  public void onWritable(Runnable listener) {
    exchange.onWritable(listener);
  }

  @Override
  public void abort() {
    exchange.abort();
  }

  @Override
  public void onEnd(Runnable listener) {
    exchange.onEnd(listener);
  }

  @Override
  public int status() {
    return exchange.status();
  }

  @Override
  public long sentBytes() {
    return exchange.sentBytes();
  }

  @Override
  public ByteBuf upgrade(int status, FieldEdits edits) {
    return exchange.upgrade(status, edits);
  }
}
