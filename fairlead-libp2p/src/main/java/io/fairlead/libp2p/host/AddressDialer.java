package io.fairlead.libp2p.host;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.netty.PeerConnection;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/** A way to connect that a node does not have by itself, such as through relays. Any thread. */
public interface AddressDialer {
  /** Whether it knows how to dial an address. */
  boolean dials(Multiaddr address);

  /**
   * Dials.
   *
   * @return cancelling it gives the dial up and closes what was opened
   */
  CompletionStage<Dialled> dial(Multiaddr address, PeerId peer, Duration timeout);

  /**
   * What came of it.
   *
   * @param limited whether somebody on the way bounds time and bytes
   */
  record Dialled(PeerConnection connection, boolean limited) {}
}
