package io.fairlead.libp2p.mux;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** Where the frames of a session go. Called on the session's owner only. */
public interface FrameOutput {
  ByteBufAllocator alloc();

  /** Whether more may be written now; when that changes to true, the owner pumps again. */
  boolean writable();

  /**
   * Writes without flushing.
   *
   * @param bytes takes ownership
   */
  void write(ByteBuf bytes);

  /** Sends what was written. */
  void flush();

  /** Something waits to be written: {@link YamuxSession#pump} is to be called before long. */
  void pumpSoon();
}
