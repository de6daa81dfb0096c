package io.fairlead.libp2p.mux;

/** Why a connection was closed: what go-away carries (yamux, and libp2p's error codes). */
public final class ConnectionCode {
  public static final long NORMAL = 0;

  /** Of yamux itself: the peer broke the protocol. */
  public static final long YAMUX_PROTOCOL = 1;

  /** Of yamux itself: our fault. */
  public static final long YAMUX_INTERNAL = 2;

  public static final long NEGOTIATION_FAILED = 0x1000;
  public static final long RESOURCE_LIMIT = 0x1001;
  public static final long RATE_LIMITED = 0x1002;
  public static final long PROTOCOL_VIOLATION = 0x1003;
  public static final long SUPPLANTED = 0x1004;
  public static final long GARBAGE_COLLECTED = 0x1005;
  public static final long SHUTDOWN = 0x1006;
  public static final long GATED = 0x1007;
  public static final long OUT_OF_RANGE = 0x1008;

  private ConnectionCode() {}
}
