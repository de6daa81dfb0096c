package io.fairlead.libp2p.mux;

/** How a session ended. */
public sealed interface SessionEnd {
  /** We closed it, with this code of {@link ConnectionCode}. */
  record Closed(long code) implements SessionEnd {}

  /** The peer sent a go-away with this code, and what there was is over. */
  record PeerLeft(long code) implements SessionEnd {}

  /** The peer broke the protocol. */
  record Violation(String what) implements SessionEnd {}

  /** The peer made us queue more than we keep for it. */
  record Flooded(String what) implements SessionEnd {}

  /** Nothing came for too long, not even the answer to a ping. */
  record Silent() implements SessionEnd {}

  /** The connection below is gone. */
  record Disconnected() implements SessionEnd {}
}
