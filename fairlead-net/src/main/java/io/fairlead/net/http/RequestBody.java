package io.fairlead.net.http;

import io.fairlead.core.time.Clock;
import io.fairlead.net.http.codec.ChunkDecoder;
import io.fairlead.net.http.codec.ChunkLimits;
import io.fairlead.net.http.codec.Reject;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The body of the request a {@link ServerConnection} serves: cuts it out of the input, hands it
 * over and keeps its bounds of size and time. One per connection, used for one request after the
 * other; confined to the event loop.
 */
final class RequestBody {
  /** Time a client has before its rate counts. */
  private static final long RATE_GRACE_NANOS = 5_000_000_000L;

  private final ServerConnection connection;
  private final RequestInput input;
  private final Clock clock;

  private @Nullable BodyReceiver receiver;
  private @Nullable ChunkDecoder chunks;
  private boolean done = true;
  private boolean chunked;
  private boolean waitsForContinue;
  private boolean paused;
  private long remaining;
  private long bytes;
  private long bytesMax;
  private long startNanos;
  private long progressNanos;
  private long pausedAtNanos;

  RequestBody(ServerConnection connection, RequestInput input, Clock clock) {
    this.connection = connection;
    this.input = input;
    this.clock = clock;
  }

  // ---- life -------------------------------------------------------------------------------

  /** Ready for the body of that request. */
  void begin(RequestView view, long max, ChunkLimits limits) {
    done = !view.hasBody();
    chunked = view.scanner().chunked();
    waitsForContinue = view.expectsContinue();
    remaining = Math.max(0, view.scanner().contentLength());
    bytes = 0;
    bytesMax = max;
    paused = false;
    receiver = null;
    if (chunked) {
      if (chunks == null) chunks = new ChunkDecoder();
      chunks.reset(limits);
    }
  }

  /** What follows cannot be trusted to be a body: it never ends and nobody gets it. */
  void beginUnknown() {
    done = false;
    chunked = true;
    paused = false;
    receiver = null;
  }

  /** Starts handing over; the caller drives. */
  void read(BodyReceiver to) {
    receiver = to;
    startNanos = clock.nanos();
    progressNanos = startNanos;
  }

  /** Nobody gets the rest. */
  @Nullable BodyReceiver detach() {
    BodyReceiver unread = receiver;
    receiver = null;
    paused = false;
    return unread;
  }

  void max(long max) {
    bytesMax = max;
  }

  /** Returns whether that changed anything. */
  boolean pause() {
    if (paused || done) return false;
    paused = true;
    pausedAtNanos = clock.nanos();
    return true;
  }

  /** Returns whether that changed anything. */
  boolean resume() {
    if (!paused) return false;
    paused = false;
    long now = clock.nanos();
    startNanos += now - pausedAtNanos; // our own back-pressure is not the client's slowness
    progressNanos = now;
    return true;
  }

  /** The client has no more bytes for now. */
  void burstEnd() {
    if (receiver instanceof BurstReceiver burst) burst.onBurstEnd();
  }

  // ---- questions --------------------------------------------------------------------------

  boolean done() {
    return done;
  }

  boolean paused() {
    return paused;
  }

  /** Whether it says a length above its bound. */
  boolean tooLong() {
    return !chunked && remaining > bytesMax;
  }

  /** Whether somebody takes it. */
  boolean wanted() {
    return receiver != null;
  }

  /** Whether nobody reads it and the rest is here already, so that it can be stepped over. */
  boolean skippable() {
    return receiver == null
        && !chunked
        && !waitsForContinue
        && input.isReadable()
        && input.readableBytes() >= remaining;
  }

  void skip() {
    input.skip((int) remaining);
    remaining = 0;
    done = true;
  }

  /** Whether the client is idle for too long, or slower than the least rate after its grace. */
  boolean late(long nowNanos, long idleNanos, long bytesPerSecond) {
    if (done || paused || receiver == null) return false;
    long activeNanos = nowNanos - startNanos;
    return nowNanos - progressNanos >= idleNanos
        || (activeNanos > RATE_GRACE_NANOS
            && bytes < activeNanos / 1_000_000_000L * bytesPerSecond);
  }

  // ---- bytes ------------------------------------------------------------------------------

  /** Hands over some input; returns whether to go on. */
  boolean step(ByteBuf in) {
    BodyReceiver to = receiver;
    if (done || to == null) return false;
    int count;
    if (chunked) {
      ChunkDecoder decoder = decoder();
      switch (decoder.next(in)) {
        case MORE -> {
          return false;
        }
        case REJECTED -> {
          connection.failBody(decoder.reject());
          return true;
        }
        case END -> {
          Trailers trailers = Trailers.ofLines(decoder.trailerLines());
          connection.edge().meters().droppedTrailers(decoder.trailers() - trailers.size());
          if (!trailers.isEmpty()) to.onTrailers(trailers);
          end(to);
          return true;
        }
        case DATA -> {}
      }
      count = decoder.dataLength();
      if (bytes + count > bytesMax) {
        connection.failBody(Reject.BODY_TOO_LARGE);
        return true;
      }
    } else {
      count = (int) Math.min(remaining, in.readableBytes());
      remaining -= count;
    }
    bytes += count;
    progressNanos = clock.nanos();
    boolean last = !chunked && remaining == 0;
    to.onData(input.take(count));
    if (last && receiver == to) end(to);
    return true;
  }

  private void end(BodyReceiver to) {
    done = true;
    paused = false;
    receiver = null;
    to.onEnd();
    connection.bodyEnded();
  }

  private ChunkDecoder decoder() {
    ChunkDecoder decoder = chunks;
    if (decoder == null) throw new IllegalStateException("no chunk decoder");
    return decoder;
  }
}
