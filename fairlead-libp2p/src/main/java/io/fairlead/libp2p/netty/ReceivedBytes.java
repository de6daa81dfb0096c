package io.fairlead.libp2p.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What a stream received and nobody read yet. Small pieces are copied together: each would keep the
 * whole buffer it was cut from, so that a peer could make a few bytes hold many.
 */
final class ReceivedBytes {
  private static final int COPY_MAX = 8 * 1024;
  private static final int ROOM_START = 1024;
  private static final int ROOM_MAX = 16 * 1024;

  private final ArrayDeque<ByteBuf> pieces = new ArrayDeque<>(2);
  private @Nullable ByteBuf open; // the last piece, where it is a copy with room left

  /** Takes ownership. */
  void add(ByteBufAllocator alloc, ByteBuf piece) {
    int count = piece.readableBytes();
    if (count > COPY_MAX) {
      open = null;
      pieces.add(piece);
      return;
    }
    ByteBuf room = open;
    if (room == null || room.maxWritableBytes() < count) {
      room = alloc.heapBuffer(Math.max(count, ROOM_START), ROOM_MAX);
      open = room;
      pieces.add(room);
    }
    room.writeBytes(piece);
    piece.release();
  }

  /** The next piece, which the caller owns; null when there is none. */
  @Nullable ByteBuf poll() {
    ByteBuf first = pieces.poll();
    if (first == open) open = null;
    return first;
  }

  boolean isEmpty() {
    return pieces.isEmpty();
  }

  void release() {
    open = null;
    for (ByteBuf piece; (piece = pieces.poll()) != null; ) piece.release();
  }
}
