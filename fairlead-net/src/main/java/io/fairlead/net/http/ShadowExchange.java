package io.fairlead.net.http;

import io.fairlead.core.unit.Limit;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.rate.Pace;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.nio.channels.FileChannel;
import java.util.function.UnaryOperator;

/**
 * A copy of a client's request that goes elsewhere, too: it has the request's head and body, and
 * its response is thrown away. Outlives the client. Confined to the client's event loop.
 */
public final class ShadowExchange implements ClientExchange {
  private final ServerExchange original;
  private final RequestHead head;
  private final Channel channel;
  private final long startedAtNanos;
  private ByteBuf body;
  private int status;
  private long sentBytes;
  private boolean over;
  private Runnable endListener = () -> {};

  /**
   * @param head a copy, which is not the connection's
   * @param body takes ownership; empty for none
   */
  public ShadowExchange(ServerExchange original, RequestHead head, ByteBuf body) {
    this.original = original;
    this.head = head;
    this.channel = original.channel();
    this.startedAtNanos = original.startedAtNanos();
    this.body = body;
  }

  @Override
  public RequestHead head() {
    return head;
  }

  @Override
  public Channel channel() {
    return channel;
  }

  @Override
  public LiveConnection connection() {
    return original.connection();
  }

  @Override
  public boolean secure() {
    return original.secure();
  }

  @Override
  public long startedAtNanos() {
    return startedAtNanos;
  }

  @Override
  public void bodyMax(Limit max) {}

  @Override
  public Pace pace() {
    return Pace.NONE;
  }

  @Override
  public void pace(Pace pace) {}

  @Override
  public void watchBody(UnaryOperator<BodyReceiver> watcher) {}

  @Override
  public void readBody(BodyReceiver receiver) {
    ByteBuf whole = body;
    body = Unpooled.EMPTY_BUFFER;
    if (over) {
      whole.release();
      receiver.onFailed(status, "over");
      return;
    }
    if (whole.isReadable()) receiver.onData(whole);
    else whole.release();
    receiver.onEnd();
    if (receiver instanceof BurstReceiver burst) burst.onBurstEnd();
  }

  /** All of the body is here already. */
  @Override
  public void pauseBody() {}

  @Override
  public void resumeBody() {}

  @Override
  public void respond(Answer answer) {
    status = answer.status();
    end();
  }

  @Override
  public void respond(int responseStatus, FieldEdits edits, BodyLength length) {
    status = responseStatus;
  }

  @Override
  public void respondForwarded(
      ResponseHead response, FieldEdits edits, BodyLength length, int present) {
    status = response.status();
  }

  @Override
  public void informational(ResponseHead response) {}

  @Override
  public void write(ByteBuf data) {
    sentBytes += data.readableBytes();
    data.release();
  }

  @Override
  public void flush() {}

  @Override
  public void sendFile(FileChannel file, long offset, long length) {
    FilePieces.close(file);
    end();
  }

  @Override
  public void finish() {
    end();
  }

  @Override
  public void finish(Trailers trailers) {
    end();
  }

  @Override
  public boolean writable() {
    return !over;
  }

  @Override
  public void onWritable(Runnable listener) {}

  @Override
  public void abort() {
    end();
  }

  @Override
  public void fail(Answer answer) {
    if (status == 0) status = answer.status();
    end();
  }

  @Override
  public void onEnd(Runnable listener) {
    if (over) {
      listener.run();
      return;
    }
    Runnable earlier = endListener;
    endListener =
        () -> {
          earlier.run();
          listener.run();
        };
  }

  @Override
  public int status() {
    return status;
  }

  @Override
  public long sentBytes() {
    return sentBytes;
  }

  @Override
  public boolean ended() {
    return over;
  }

  @Override
  public void occupy() {}

  @Override
  public void vacate() {}

  /** A copy never asks for an upgrade. */
  @Override
  public ByteBuf upgrade(int responseStatus, FieldEdits edits) {
    abort();
    return Unpooled.EMPTY_BUFFER;
  }

  @Override
  public ByteBuf upgradeForwarded(ResponseHead response, FieldEdits edits) {
    abort();
    return Unpooled.EMPTY_BUFFER;
  }

  private void end() {
    if (over) return;
    over = true;
    body.release();
    body = Unpooled.EMPTY_BUFFER;
    endListener.run();
  }
}
