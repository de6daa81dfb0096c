package io.fairlead.pubsub;

import io.netty.buffer.ByteBuf;

/** Takes messages from a connection, in order. */
@FunctionalInterface
public interface FrameSink {
  /**
   * Takes one message.
   *
   * @param utf8 borrows; readable bytes are JSON, and valid during the call only
   */
  void frame(ByteBuf utf8);
}
