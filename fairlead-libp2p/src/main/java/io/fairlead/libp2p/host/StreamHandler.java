package io.fairlead.libp2p.host;

import io.fairlead.libp2p.netty.StreamChannel;

/** Answers streams that peers open for a protocol. */
@FunctionalInterface
public interface StreamHandler {
  /**
   * Adds handlers to the stream's pipeline, before its first byte. Called on the connection's event
   * loop: must not block.
   */
  void opened(StreamChannel stream, Connection connection);
}
