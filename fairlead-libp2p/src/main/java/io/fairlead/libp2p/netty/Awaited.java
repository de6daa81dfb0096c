package io.fairlead.libp2p.netty;

/** Something that a peer has a bounded time for. Owned by the connection's event loop. */
interface Awaited {
  long deadlineNanos();

  /** It came, or nobody waits any more. */
  boolean done();

  /** The time is up. */
  void expire();
}
