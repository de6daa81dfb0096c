package io.fairlead.net.http;

import io.fairlead.net.live.LiveConnection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * What was read from a client and is not used yet, in one buffer. When some requests or 64 KiB
 * wait, a {@link ServerConnection} stops reading. What comes in many small reads is copied and
 * looked through about once. Owns its bytes; confined to the event loop.
 */
final class RequestInput {
  private static final int WAITING_BYTES_MAX = 64 * 1024;

  private @Nullable ByteBuf bytes;
  private boolean own; // nobody else writes behind what is in it
  private long received;

  // How far the bytes were looked through for ends of heads; of the reader index below only.
  private int lookedFrom = -1;
  private int looked;
  private int ends;
  private long touched;

  /** Takes ownership. */
  void add(ByteBuf more, ByteBufAllocator allocator) {
    received += more.readableBytes();
    ByteBuf waiting = bytes;
    if (waiting == null) {
      replace(more);
    } else if (own && more.readableBytes() <= waiting.maxFastWritableBytes()) {
      waiting.writeBytes(more); // behind whatever was handed over of it
      more.release();
    } else {
      join(waiting, more, allocator);
    }
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
    replace(null);
    return waiting;
  }

  /** Hands over everything; owned by the caller. */
  ByteBuf takeAll() {
    ByteBuf waiting = bytes;
    replace(null);
    return waiting == null ? Unpooled.EMPTY_BUFFER : waiting;
  }

  void skip(int count) {
    if (bytes != null) bytes.skipBytes(count);
  }

  void release() {
    if (bytes != null) bytes.release();
    replace(null);
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
    return heads && waiting != null && ends(waiting, requestsMax) >= requestsMax;
  }

  /** Bytes that were looked at or copied; for tests of the effort. */
  long touched() {
    return touched;
  }

  /** Ends of heads, {@code most} at most. */
  private int ends(ByteBuf in, int most) {
    if (in.readerIndex() != lookedFrom) {
      lookedFrom = in.readerIndex();
      looked = 0;
      ends = 0;
    }
    int i = lookedFrom + looked;
    for (; ends < most && i + 3 < in.writerIndex(); i++) {
      touched++;
      if (in.getByte(i) == '\r'
          && in.getByte(i + 1) == '\n'
          && in.getByte(i + 2) == '\r'
          && in.getByte(i + 3) == '\n') {
        ends++;
      }
    }
    looked = i - lookedFrom;
    return ends;
  }

  private void replace(@Nullable ByteBuf other) {
    bytes = other;
    own = false;
    lookedFrom = -1;
  }

  /** Into a buffer with as much room again, so that small reads that follow are only added. */
  private void join(ByteBuf first, ByteBuf second, ByteBufAllocator allocator) {
    int count = first.readableBytes() + second.readableBytes();
    boolean known = first.readerIndex() == lookedFrom;
    ByteBuf both = allocator.buffer(2 * count);
    both.writeBytes(first).writeBytes(second);
    first.release();
    second.release();
    touched += count;
    bytes = both;
    own = true;
    lookedFrom = known ? both.readerIndex() : -1;
  }
}
