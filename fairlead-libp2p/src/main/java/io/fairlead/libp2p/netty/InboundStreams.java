package io.fairlead.libp2p.netty;

/** Who answers the streams that peers open. Called on the event loop of the connection. */
public interface InboundStreams {
  /** Whether a protocol is spoken with that peer, on that connection. */
  boolean speaks(PeerConnection connection, String protocol);

  /**
   * A stream whose protocol was agreed: handlers are added to its pipeline here, before it is
   * active and before its first byte.
   */
  void opened(StreamChannel stream);
}
