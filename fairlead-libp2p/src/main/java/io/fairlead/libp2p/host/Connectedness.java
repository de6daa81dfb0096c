package io.fairlead.libp2p.host;

/** How a peer can be talked to. */
public enum Connectedness {
  NOT_CONNECTED,
  /** Through a relay that limits time and bytes. */
  LIMITED,
  CONNECTED
}
