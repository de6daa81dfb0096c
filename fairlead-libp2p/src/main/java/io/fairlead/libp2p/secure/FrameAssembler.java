package io.fairlead.libp2p.secure;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Puts frames together: two bytes of length, big-endian, and as many bytes. What is copied lies in
 * a buffer of the frame's own; a peer that announces much and sends little holds little. Owned by
 * the event loop.
 */
final class FrameAssembler {
  private static final int FIRST_BYTES_MIN = 256;

  private final ByteBufAllocator allocator;
  private int high = -1;
  private int length;
  private @Nullable ByteBuf frame;

  FrameAssembler(ByteBufAllocator allocator) {
    this.allocator = allocator;
  }

  /**
   * Takes bytes up to the end of the frame.
   *
   * @param in borrows; the reader index advances
   * @param min shortest frame
   * @param max longest frame
   * @param beyondHeap whether a frame may be a part of {@code in}, and is otherwise put together
   *     outside the heap; else it is in an array that may be written to
   * @return a whole frame, which the caller owns, or null when {@code in} is used up
   * @throws HandshakeException a length out of bounds
   */
  @Nullable ByteBuf next(ByteBuf in, int min, int max, boolean beyondHeap)
      throws HandshakeException {
    ByteBuf begun = frame;
    if (begun == null) {
      if (high < 0) {
        if (!in.isReadable()) return null;
        high = in.readUnsignedByte();
      }
      if (!in.isReadable()) return null;
      length = high << 8 | in.readUnsignedByte();
      high = -1;
      if (length < min || length > max) {
        throw new HandshakeException(
            HandshakeException.Reason.MALFORMED,
            "noise: a frame of " + length + " bytes (expected: " + min + " - " + max + ")");
      }
      if (beyondHeap && in.readableBytes() >= length) return in.readRetainedSlice(length);
      int first = Math.max(FIRST_BYTES_MIN, in.readableBytes());
      int room = Math.min(length, first);
      begun =
          beyondHeap ? allocator.directBuffer(room, length) : allocator.heapBuffer(room, length);
      frame = begun;
    }
    begun.writeBytes(in, Math.min(in.readableBytes(), length - begun.readableBytes()));
    if (begun.readableBytes() < length) return null;
    frame = null;
    return begun;
  }

  /** Whether a frame has begun and not ended. */
  boolean midFrame() {
    return frame != null || high >= 0;
  }

  void release() {
    ByteBuf begun = frame;
    frame = null;
    if (begun != null) begun.release();
  }
}
