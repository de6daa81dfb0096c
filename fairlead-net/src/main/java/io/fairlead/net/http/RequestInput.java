package io.fairlead.net.http;

import io.fairlead.net.live.LiveConnection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * What was read from a client and is not used yet, in one buffer. When some requests or 64 KiB
 * wait, a {@link ServerConnection} stops reading. Owns its bytes; confined to the event loop.
 */
final class RequestInput {
  private static final int WAITING_BYTES_MAX = 64 * 1024;

  private @Nullable ByteBuf bytes;
  private long received;

  /** Takes ownership. */
  void add(ByteBuf more, ByteBufAllocator allocator) {
    received += more.readableBytes();
    ByteBuf waiting = bytes;
    bytes = waiting == null ? more : join(waiting, more, allocator);
  }

  /** Adds what came since the last time to the live record. */
  void report(LiveConnection live) {
    if (received == 0) return;
    live.addReceived(received);
    received = 0;
  }

  /** Lends what is there; null when nothing is left to read. */
  @Nullable ByteBuf readable() {
    ByteBuf waiting = bytes;
    return waiting != null && waiting.isReadable() ? waiting : null;
  }

  boolean isReadable() {
    return readable() != null;
  }

  int readableBytes() {
    return bytes == null ? 0 : bytes.readableBytes();
  }

  /**
   * Hands over the next bytes: the buffer itself when they are all of it, else a slice.
   *
   * @param count at most {@link #readableBytes}
   * @return owned by the caller
   */
  ByteBuf take(int count) {
    ByteBuf waiting = bytes;
    if (waiting == null) throw new IllegalStateException("no input");
    if (count != waiting.readableBytes()) return waiting.readRetainedSlice(count);
    bytes = null;
    return waiting;
  }

  /** Hands over everything; owned by the caller. */
  ByteBuf takeAll() {
    ByteBuf waiting = bytes;
    bytes = null;
    return waiting == null ? Unpooled.EMPTY_BUFFER : waiting;
  }

  void skip(int count) {
    if (bytes != null) bytes.skipBytes(count);
  }

  void release() {
    if (bytes != null) bytes.release();
    bytes = null;
  }

  /**
   * Whether enough waits to stop reading.
   *
   * @param heads whether what waits are whole requests, not a body
   * @param requestsMax so many of them are enough
   */
  boolean full(boolean heads, int requestsMax) {
    ByteBuf waiting = bytes;
    if (waiting == null) return false;
    if (waiting.readableBytes() > WAITING_BYTES_MAX) return true;
    return holds(heads, requestsMax);
  }

  /**
   * Whether so many requests wait.
   *
   * @param heads whether what waits are whole requests, not a body
   */
  boolean holds(boolean heads, int requestsMax) {
    ByteBuf waiting = bytes;
    return heads && waiting != null && requests(waiting) >= requestsMax;
  }

  private static int requests(ByteBuf in) {
    int count = 0;
    for (int i = in.readerIndex(); i + 3 < in.writerIndex(); i++) {
      if (in.getByte(i) == '\r'
          && in.getByte(i + 1) == '\n'
          && in.getByte(i + 2) == '\r'
          && in.getByte(i + 3) == '\n') {
        count++;
      }
    }
    return count;
  }

  private static ByteBuf join(ByteBuf first, ByteBuf second, ByteBufAllocator allocator) {
    ByteBuf both = allocator.buffer(first.readableBytes() + second.readableBytes());
    both.writeBytes(first).writeBytes(second);
    first.release();
    second.release();
    return both;
  }
}
