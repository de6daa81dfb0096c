package io.fairlead.registry.target;

import io.fairlead.core.access.EntryId;
import java.util.List;

/**
 * A relay that a list names.
 *
 * @param peerId its identity, base58btc text
 * @param addresses where it is, multiaddrs or {@code host:port} as the list writes them
 * @param entry which names it
 * @param draining takes no new reservations, those it has may end
 */
public record RelayCandidate(
    String peerId, List<String> addresses, EntryId entry, boolean draining) {
  public RelayCandidate {
    addresses = List.copyOf(addresses);
  }
}
