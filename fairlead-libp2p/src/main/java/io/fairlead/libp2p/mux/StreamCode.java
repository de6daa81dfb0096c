package io.fairlead.libp2p.mux;

/** Why a stream was reset: what RST carries (libp2p, stream error codes). */
public final class StreamCode {
  public static final long NONE = 0;
  public static final long NEGOTIATION_FAILED = 0x1001;
  public static final long RESOURCE_LIMIT = 0x1002;
  public static final long RATE_LIMITED = 0x1003;
  public static final long PROTOCOL_VIOLATION = 0x1004;
  public static final long SUPPLANTED = 0x1005;
  public static final long GARBAGE_COLLECTED = 0x1006;
  public static final long SHUTDOWN = 0x1007;
  public static final long GATED = 0x1008;
  public static final long OUT_OF_RANGE = 0x1009;

  private StreamCode() {}
}
