package io.fairlead.net.http2;

import io.fairlead.core.unit.Limit;
import io.fairlead.net.http.BodyReceiver;
import io.fairlead.net.http.BurstReceiver;
import io.fairlead.net.http.Trailers;
import io.fairlead.net.http.codec.Reject;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A request's body on a stream: keeps its bounds of size and time, and what came before somebody
 * wanted it, which the stream's window bounds. Confined to the event loop.
 */
final class StreamBody {
  /** Time a client has before its rate counts. */
  private static final long RATE_GRACE_NANOS = 5_000_000_000L;

  private static final long RATE_BYTES_PER_SECOND = 240;

  /** A frame is seen when it is complete: that much may be on its way. */
  private static final long FRAME_BYTES = 16 * 1024;

  private final StreamExchange exchange;
  private final FrameStream stream;
  private final ServerSession session;
  private final StreamHead head;
  private final ArrayDeque<ByteBuf> held = new ArrayDeque<>(0);
  private @Nullable BodyReceiver receiver;
  private Trailers trailers = Trailers.NONE;
  private boolean asked;
  private boolean ended;
  private boolean lost;
  private boolean moved;
  private long bytes;
  private long bytesMax;
  private long pausedNanos;
  private long startNanos;
  private long stillSinceNanos;
  private long lastTickNanos;

  StreamBody(
      StreamExchange exchange,
      FrameStream stream,
      StreamHead head,
      boolean ends,
      ServerSession session) {
    this.exchange = exchange;
    this.stream = stream;
    this.head = head;
    this.session = session;
    this.ended = ends;
    max(session.rules().bodyMax());
  }

  void max(Limit limit) {
    bytesMax =
        switch (limit) {
          case Limit.Unlimited _ -> Long.MAX_VALUE;
          case Limit.AtMost(long most) -> most;
        };
  }

  /** Whether the client sent all of it. */
  boolean ended() {
    return ended;
  }

  /** Starts handing over. */
  void read(BodyReceiver to) {
    if (asked) throw new IllegalStateException("body already read");
    asked = true;
    if (lost) {
      to.onFailed(499, "client_gone");
      return;
    }
    receiver = to;
    startNanos = session.clock().nanos();
    stillSinceNanos = startNanos;
    lastTickNanos = startNanos;
    if (head.contentLength() > bytesMax || bytes > bytesMax) {
      receiver = null;
      exchange.failBody(Reject.BODY_TOO_LARGE, to);
      return;
    }
    if (head.expectsContinue() && !ended && held.isEmpty()) exchange.sendContinue();
    boolean any = !held.isEmpty();
    ByteBuf next;
    while (receiver == to && (next = held.poll()) != null) to.onData(next);
    if (!stream.paused()) stream.release();
    if (any) session.touch(exchange);
    if (ended && receiver == to) handOverEnd(to);
  }

  void pause() {
    stream.pause();
  }

  void resume() {
    stream.resume();
    stillSinceNanos = session.clock().nanos();
  }

  /** What came and nobody took; owned by the caller. */
  ByteBuf takeAll() {
    if (held.isEmpty()) return Unpooled.EMPTY_BUFFER;
    ByteBuf all = session.channel.alloc().buffer();
    ByteBuf next;
    while ((next = held.poll()) != null) {
      all.writeBytes(next);
      next.release();
    }
    stream.release();
    return all;
  }

  /** Borrows; returns how many bytes are used already. */
  int data(ByteBuf data, boolean ends) throws Http2Exception {
    int count = data.readableBytes();
    bytes += count;
    moved = true;
    long announced = head.contentLength();
    if (announced >= 0 && (bytes > announced || (ends && bytes != announced))) {
      throw unequal();
    }
    BodyReceiver to = receiver;
    if (asked && to == null) {
      ended |= ends;
      return count; // nobody wants the rest
    }
    if (bytes > bytesMax && to != null) {
      receiver = null;
      exchange.failBody(Reject.BODY_TOO_LARGE, to);
      return count;
    }
    int used = 0;
    if (to == null) {
      if (count > 0) held.add(data.retain());
      stream.holds(count);
    } else if (count > 0) {
      to.onData(data.retain());
      used = stream.passed(count);
      session.touch(exchange);
    }
    if (ends) end(Trailers.NONE);
    return used;
  }

  /** The client ended its direction. */
  void end(Trailers section) throws Http2Exception {
    long announced = head.contentLength();
    if (announced >= 0 && bytes != announced) throw unequal();
    ended = true;
    trailers = section;
    BodyReceiver to = receiver;
    if (to != null) handOverEnd(to);
  }

  private void handOverEnd(BodyReceiver to) {
    receiver = null;
    if (!trailers.isEmpty()) to.onTrailers(trailers);
    to.onEnd();
  }

  void burstEnd() {
    if (receiver instanceof BurstReceiver burst) burst.onBurstEnd();
  }

  /** The stream is closed. */
  void lost(int status) {
    lost = true;
    ByteBuf next;
    while ((next = held.poll()) != null) next.release();
    BodyReceiver to = receiver;
    receiver = null;
    if (to != null) to.onFailed(status, "client_gone");
  }

  void tick(long nowNanos) {
    BodyReceiver to = receiver;
    if (to == null || ended) return;
    if (stream.paused()) {
      pausedNanos += nowNanos - lastTickNanos; // our own back-pressure is not its slowness
    }
    lastTickNanos = nowNanos;
    if (moved || stream.paused() || session.heardInTick()) {
      moved = false;
      stillSinceNanos = nowNanos;
    }
    long activeNanos = nowNanos - startNanos - pausedNanos;
    boolean slow =
        activeNanos > RATE_GRACE_NANOS
            && bytes + FRAME_BYTES < activeNanos / 1_000_000_000L * RATE_BYTES_PER_SECOND;
    if (slow || nowNanos - stillSinceNanos >= session.rules().bodyIdleTimeout().toNanos()) {
      receiver = null;
      exchange.failBody(Reject.BODY_TIMEOUT, to);
    }
  }

  private Http2Exception unequal() {
    return Http2Exception.streamError(
        stream.id(), Http2Error.PROTOCOL_ERROR, "body does not have its content-length");
  }
}
