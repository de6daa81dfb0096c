package io.fairlead.net.live;

/** A channel handler that keeps bytes of its peer. */
public interface HeldBytes {
  /** How many; on the channel's event loop. */
  long heldBytes();
}
