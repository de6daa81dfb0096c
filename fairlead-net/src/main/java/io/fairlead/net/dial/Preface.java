package io.fairlead.net.dial;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Bytes that come before everything else on a dialled connection, before its TLS, too. Asked on the
 * event loop of the dial, once for each connection that won.
 */
@FunctionalInterface
public interface Preface {
  /**
   * Makes the bytes.
   *
   * @return the caller owns them
   */
  ByteBuf bytes(ByteBufAllocator allocator);
}
