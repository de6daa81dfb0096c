package io.fairlead.relay.reachability;

import io.fairlead.libp2p.address.Multiaddr;

/** What a peer said of our addresses. */
sealed interface ProbeOutcome {
  /** It dialled this one, and we heard it. */
  record Reached(Multiaddr address) implements ProbeOutcome {}

  /** It dialled this one, in vain. */
  record Missed(Multiaddr address) implements ProbeOutcome {}

  /** It did not want to. */
  record Refused() implements ProbeOutcome {}

  /** It said nothing that helps. */
  record Failed(String reason) implements ProbeOutcome {}
}
