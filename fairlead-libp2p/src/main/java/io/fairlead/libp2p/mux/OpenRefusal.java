package io.fairlead.libp2p.mux;

/** Why no stream can be opened on a session. */
public enum OpenRefusal {
  /** The session is over. */
  ENDED,
  /** One of the two sides is leaving. */
  LEAVING,
  /** No stream id is left; another connection has some. */
  EXHAUSTED,
  /** Too many opens wait for the peer to take those before them. */
  TOO_MANY
}
