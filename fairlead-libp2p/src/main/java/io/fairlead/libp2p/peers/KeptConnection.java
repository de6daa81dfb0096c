package io.fairlead.libp2p.peers;

import io.fairlead.libp2p.key.PeerId;

/** What {@link ConnectionKeeper} must know of a connection. Any thread. */
public interface KeptConnection {
  PeerId remote();

  /** Whether the peer dialled us. */
  boolean inbound();

  /** Streams open now. */
  int streams();
}
