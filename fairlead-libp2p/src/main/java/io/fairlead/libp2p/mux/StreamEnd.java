package io.fairlead.libp2p.mux;

/** How a stream ended. */
public sealed interface StreamEnd {
  /** Both directions were ended in order. */
  record Finished() implements StreamEnd {}

  /**
   * One side gave it up; bytes on their way are lost.
   *
   * @param code one of {@link StreamCode}, or what the peer sent
   */
  record Reset(long code, boolean byPeer) implements StreamEnd {}

  /** It never began: the peer did not take it in time. */
  record NotTaken() implements StreamEnd {}

  /** Its session ended. */
  record Lost(SessionEnd session) implements StreamEnd {}
}
