package io.fairlead.net.http;

import io.fairlead.core.time.Clock;
import io.netty.buffer.ByteBuf;
import io.netty.channel.socket.DuplexChannel;

/**
 * The end of a connection whose client may still be sending: our direction is closed, and what
 * comes is thrown away until the client ends, for 2 s and 256 KiB at most. A close with unread
 * bytes would be a reset that destroys the answer on its way. Confined to the event loop.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9112#section-9.6">RFC 9112 §9.6</a>
 */
final class Linger {
  private static final long BYTES_MAX = 256 * 1024;
  private static final long NANOS = 2_000_000_000L;

  /** Until the answer is flushed the write stall is the bound. */
  private boolean flushed;

  private long deadlineNanos;
  private long bytes;

  void begin(ConnectionOutput output, DuplexChannel channel, Clock clock) {
    output.shutdown(
        channel,
        () -> {
          flushed = true;
          deadlineNanos = clock.nanos() + NANOS;
        });
  }

  /** Throws it away; returns whether that was more than the bound. */
  boolean full(ByteBuf in) {
    bytes += in.readableBytes();
    in.skipBytes(in.readableBytes());
    return bytes > BYTES_MAX;
  }

  boolean overAt(long nowNanos) {
    return flushed && nowNanos - deadlineNanos >= 0;
  }
}
