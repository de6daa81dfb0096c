package io.fairlead.net.http;

import io.fairlead.core.unit.Limit;
import io.fairlead.net.http.codec.HeadWriter;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.rate.Pace;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.socket.DuplexChannel;
import java.nio.channels.FileChannel;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The response side of one request on a {@link ServerConnection}. Calls after the end are ignored,
 * because the client may leave at any moment; what they carry is released.
 *
 * <p>A response head waits for the first body bytes: up to 8 KiB of them share its buffer and its
 * system call.
 */
final class ConnectionExchange implements ClientExchange {
  /** Up to this much body is copied behind the head. */
  static final int JOIN_MAX = 8 * 1024;

  private static final Runnable NOTHING = () -> {};

  private final ServerConnection connection;
  private final RequestView head;
  private final long startedAtNanos;

  private int status;
  private boolean over;
  private boolean answered;
  private boolean closing;
  private boolean lost;
  private boolean suppressed;
  private boolean chunkedOut;
  private boolean untilClose;
  private boolean aborted;
  private boolean bodyRead;
  private long bodyRemaining;
  private long sentBytes;
  private @Nullable ByteBuf pendingHead;
  private @Nullable ExchangePace pace;
  private UnaryOperator<BodyReceiver> bodyWatcher = UnaryOperator.identity();
  private Runnable writableListener = NOTHING;
  private Runnable endListener = NOTHING;

  ConnectionExchange(ServerConnection connection, RequestView head, long startedAtNanos) {
    this.connection = connection;
    this.head = head;
    this.startedAtNanos = startedAtNanos;
  }

  @Override
  public RequestHead head() {
    return head;
  }

  @Override
  public Channel channel() {
    return connection.channel();
  }

  @Override
  public LiveConnection connection() {
    return connection.live();
  }

  @Override
  public boolean secure() {
    return connection.secure();
  }

  @Override
  public long startedAtNanos() {
    return startedAtNanos;
  }

  @Override
  public void bodyMax(Limit max) {
    if (!over) connection.bodyMax(max);
  }

  @Override
  public Pace pace() {
    ExchangePace held = pace;
    return held == null ? Pace.NONE : held.pace();
  }

  @Override
  public void pace(Pace rates) {
    if (rates == Pace.NONE) return;
    pace =
        new ExchangePace(
            rates,
            channel().eventLoop(),
            new ExchangePace.Ways() {
              @Override
              public void stopReading() {
                if (!over) connection.pauseBody();
              }

              @Override
              public void goOnReading() {
                if (!over) connection.resumeBody();
              }

              @Override
              public void becameWritable() {
                if (writable()) writableListener.run();
              }
            },
            connection.edge().meters());
  }

  @Override
  public void watchBody(UnaryOperator<BodyReceiver> watcher) {
    bodyWatcher = watcher;
  }

  @Override
  public void readBody(BodyReceiver to) {
    BodyReceiver receiver = bodyWatcher.apply(to);
    if (bodyRead) throw new IllegalStateException("body already read");
    bodyRead = true;
    if (over) {
      receiver.onFailed(status(), "client_gone");
    } else {
      ExchangePace held = pace;
      connection.readBody(this, held == null ? receiver : held.counting(receiver));
    }
  }

  @Override
  public void pauseBody() {
    ExchangePace held = pace;
    if (held != null) held.pause();
    else if (!over) connection.pauseBody();
  }

  @Override
  public void resumeBody() {
    ExchangePace held = pace;
    if (held != null) held.resume();
    else if (!over) connection.resumeBody();
  }

  @Override
  public void respond(Answer answer) {
    if (refusesResponse()) return;
    Answer whole = answer.rendered(head);
    byte[] body = whole.body();
    if (whole.close()) closing = true;
    HeadWriter writer =
        connection
            .loop()
            .answerHead(whole, connection.answerFields(), connection.edge().clock().nanos());
    boolean join = body.length <= JOIN_MAX;
    endHead(writer, whole.status(), body.length, false, join ? body.length : 0);
    if (body.length > 0 && !suppressed) {
      write(Unpooled.wrappedBuffer(body));
    }
    finish();
  }

  @Override
  public void respond(int status, FieldEdits edits, BodyLength body) {
    if (refusesResponse()) return;
    long now = connection.edge().clock().nanos();
    HeadWriter writer = connection.loop().ownHead(status, edits.added(), now);
    int room = body instanceof BodyLength.Fixed(long bytes) && bytes <= JOIN_MAX ? JOIN_MAX : 0;
    framing(writer, status, body, room);
  }

  @Override
  public void write(ByteBuf data) {
    int count = data.readableBytes();
    if (over || answered || suppressed || count == 0) {
      data.release();
      return;
    }
    if (status == 0) {
      data.release();
      throw new IllegalStateException("body before head");
    }
    if (!chunkedOut && !untilClose) {
      if (count > bodyRemaining) {
        data.release();
        throw new IllegalStateException(
            "body: " + count + " bytes (expected: <= " + bodyRemaining + ")");
      }
      bodyRemaining -= count;
    }
    sentBytes += count;
    if (pace != null) pace.sent(count);
    ByteBuf waiting = pendingHead;
    if (waiting != null
        && waiting.writableBytes() >= count + (chunkedOut ? ChunkFrame.OVERHEAD : 0)) {
      append(waiting, data);
      return;
    }
    sendHead();
    if (!chunkedOut) {
      connection.output().write(data, count);
    } else if (count <= JOIN_MAX) {
      ByteBuf chunk = channel().alloc().directBuffer(count + ChunkFrame.OVERHEAD);
      append(chunk, data);
      connection.output().write(chunk, chunk.readableBytes());
    } else {
      ByteBuf size = ChunkFrame.before(count, channel().alloc());
      connection.output().write(size, size.readableBytes());
      connection.output().write(data, count);
      connection.output().write(ChunkFrame.behind(channel().alloc()), 2);
    }
  }

  @Override
  public void flush() {
    if (over) return;
    sendHead();
    connection.output().flush();
  }

  @Override
  public void sendFile(FileChannel file, long offset, long length) {
    if (over || answered || suppressed || length == 0) {
      FilePieces.close(file);
      finish();
      return;
    }
    sendHead();
    boolean byKernel =
        pace == null && !secure() && !chunkedOut && channel() instanceof DuplexChannel;
    if (byKernel) sendWhole(file, offset, length);
    else new FilePieces(this, file, offset, length).start();
  }

  /** Lets the kernel send it, where nothing changes the bytes on their way. */
  private void sendWhole(FileChannel file, long offset, long length) {
    var _ = // what became of it is asked here
        channel()
            .writeAndFlush(new DefaultFileRegion(file, offset, length)) // closes the file
            .addListener(
                sent -> {
                  if (!sent.isSuccess()) {
                    abort();
                    return;
                  }
                  sentPast(length);
                  finish();
                });
  }

  /** That much of the body went out past {@link #write}. */
  private void sentPast(long length) {
    sentBytes += length;
    if (!untilClose) bodyRemaining -= length;
    connection.live().addSent(length);
  }

  @Override
  public void finish() {
    finish(Trailers.NONE);
  }

  @Override
  public void finish(Trailers trailers) {
    if (over || answered) return;
    if (status == 0) throw new IllegalStateException("finished without a response");
    if (!suppressed && bodyRemaining > 0) {
      abort(); // fewer bytes than announced: only the end of the connection can tell the client
      return;
    }
    if (chunkedOut && !suppressed) {
      ByteBuf waiting = pendingHead;
      Trailers passed = head.takesTrailers() ? trailers : Trailers.NONE;
      connection.edge().meters().droppedTrailers(trailers.size() - passed.size());
      if (waiting == null || !passed.isEmpty() || !ChunkFrame.appendLast(waiting)) {
        sendHead();
        ByteBuf last = ChunkFrame.last(passed, connection.loop().writer, channel().alloc());
        connection.output().write(last, last.readableBytes());
      }
    }
    sendHead();
    answered = true;
    connection.answered(this);
    connection.output().flush();
  }

  @Override
  public boolean writable() {
    ExchangePace held = pace;
    return !over && channel().isWritable() && (held == null || !held.responseRests());
  }

  @Override
  public void onWritable(Runnable listener) {
    writableListener = listener;
  }

  @Override
  public void abort() {
    if (over) return;
    closing = true;
    aborted = true;
    sendHead();
    connection.output().flushNow();
    if (untilClose) connection.output().reset();
    else connection.output().closeNow();
  }

  @Override
  public void onEnd(Runnable listener) {
    if (over) {
      listener.run();
      return;
    }
    Runnable earlier = endListener;
    endListener =
        earlier == NOTHING
            ? listener
            : () -> {
              earlier.run();
              listener.run();
            };
  }

  @Override
  public int status() {
    return lost && status == 0 ? 499 : status;
  }

  @Override
  public long sentBytes() {
    return sentBytes;
  }

  @Override
  public ByteBuf upgrade(int status, FieldEdits edits) {
    if (refusesResponse()) return Unpooled.EMPTY_BUFFER;
    HeadWriter writer = connection.loop().writer.begin().status(status);
    if (status == 101) writer.upgradeToWebSocket();
    edits.write(writer);
    return leave(writer.end(), status);
  }

  // ---- for the forwarder ------------------------------------------------------------------

  @Override
  public void respondForwarded(
      ResponseHead response, FieldEdits edits, BodyLength body, int present) {
    if (refusesResponse()) return;
    HeadWriter writer = forwarded(response, response.status(), edits);
    int room = present <= JOIN_MAX ? present : 0;
    if (body instanceof BodyLength.None
        && response.announcedLength() >= 0
        && response.status() != 204) {
      // HEAD and 304: the length of what a GET would have got.
      writer.contentLength(response.announcedLength());
    }
    framing(writer, response.status(), body, room);
  }

  @Override
  public void informational(ResponseHead response) {
    if (over || status != 0 || head.minorVersion() == 0) return;
    ByteBuf out =
        forwarded(response, response.status(), new FieldEdits())
            .end()
            .toBuffer(channel().alloc(), 0);
    connection.output().write(out, out.readableBytes());
    connection.output().flushNow();
  }

  @Override
  public ByteBuf upgradeForwarded(ResponseHead response, FieldEdits edits) {
    if (refusesResponse()) return Unpooled.EMPTY_BUFFER;
    return leave(forwarded(response, 101, edits).upgradeToWebSocket().end(), 101);
  }

  /** Begins a head with the end-to-end fields of an upstream's. */
  private HeadWriter forwarded(ResponseHead response, int asStatus, FieldEdits edits) {
    HeadWriter writer = connection.loop().writer.begin();
    if (response instanceof ResponseView view) {
      writer.status(view.scanner()).endToEnd(view.scanner(), edits.dropped());
    } else {
      ForwardedRequest.endToEnd(response.fields(), edits.dropped(), writer.status(asStatus));
    }
    edits.write(writer);
    return writer;
  }

  @Override
  public void occupy() {} // the next request waits for the end of this one in any case

  @Override
  public void vacate() {}

  @Override
  public boolean ended() {
    return over;
  }

  // ---- for the connection -----------------------------------------------------------------

  void sendContinue() {
    if (!over && status == 0) connection.output().sendContinue();
  }

  @Override
  public void fail(Answer answer) {
    if (over || answered) return;
    if (status != 0) {
      abort();
    } else {
      closing = true;
      respond(answer);
    }
  }

  void becameWritable() {
    if (writable()) writableListener.run();
  }

  boolean responding() {
    return status != 0;
  }

  boolean answered() {
    return answered;
  }

  boolean closing() {
    return closing;
  }

  /** The response was written completely. */
  void over(long nowNanos) {
    if (over) return;
    over = true;
    connection.edge().meters().answered(status(), nowNanos - startedAtNanos);
    endListener.run();
  }

  /** The connection is gone. */
  void lost() {
    if (over) return;
    lost = !answered && !aborted;
    if (pendingHead != null) pendingHead.release();
    pendingHead = null;
    over(connection.edge().clock().nanos());
  }

  // ---- heads ------------------------------------------------------------------------------

  private boolean refusesResponse() {
    if (over) return true;
    if (status != 0) throw new IllegalStateException("a second response (first: " + status + ")");
    return false;
  }

  private void framing(HeadWriter writer, int status, BodyLength body, int room) {
    switch (body) {
      case BodyLength.None _ -> endHead(writer, status, -1, false, 0);
      case BodyLength.Fixed(long bytes) ->
          endHead(writer, status, bytes, false, (int) Math.min(bytes, room));
      case BodyLength.Chunked _, BodyLength.UntilClose _ ->
          endHead(writer, status, -1, true, room + ChunkFrame.OVERHEAD);
    }
  }

  /**
   * @param length of the body, or -1: none, or not known when {@code open}
   */
  private void endHead(
      HeadWriter writer, int responseStatus, long length, boolean open, int slack) {
    boolean bodiless = responseStatus < 200 || responseStatus == 204 || responseStatus == 304;
    suppressed = bodiless || head.method().equals("HEAD");
    int room = suppressed ? 0 : slack;
    bodyRemaining = 0;
    if (open && head.minorVersion() == 0 && !bodiless) {
      closing = true;
      untilClose = true;
    } else if (open && !bodiless) {
      chunkedOut = true;
      writer.transferEncodingChunked();
    } else if (length >= 0) {
      boolean told = !bodiless || (responseStatus == 304 && length > 0);
      if (told) writer.contentLength(length);
      bodyRemaining = length;
    } else if (!suppressed) {
      writer.contentLength(0);
    }
    if (!closing && !connection.keepsAlive(head)) closing = true;
    if (closing) {
      writer.connectionClose();
    } else if (head.minorVersion() == 0) {
      writer.connectionKeepAlive();
    }
    status = responseStatus;
    pendingHead = writer.end().toBuffer(channel().alloc(), room);
  }

  private void sendHead() {
    ByteBuf waiting = pendingHead;
    if (waiting == null) return;
    pendingHead = null;
    connection.output().write(waiting, waiting.readableBytes());
  }

  private void append(ByteBuf out, ByteBuf data) {
    if (chunkedOut) {
      ChunkFrame.append(out, data);
    } else {
      out.writeBytes(data);
    }
    data.release();
  }

  private ByteBuf leave(HeadWriter writer, int responseStatus) {
    status = responseStatus;
    ByteBuf out = writer.toBuffer(channel().alloc(), 0);
    connection.output().write(out, out.readableBytes());
    connection.output().flushNow();
    ByteBuf early = connection.leave();
    answered = true;
    over(connection.edge().clock().nanos());
    return early;
  }
}
