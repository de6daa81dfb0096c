package io.fairlead.relay.source;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A peer that may be a relay.
 *
 * @param addresses where it is, without its id; none when only the node may know
 * @param typed whether an operator named these addresses, himself or by a list that may name
 *     private ones, so that private ones are meant
 * @param standing what a list says about it
 */
public record RelayPeer(PeerId id, List<Multiaddr> addresses, boolean typed, Standing standing) {
  /**
   * What is known of a relay from a list.
   *
   * @param score 0 - 1, the more the better
   * @param operator who runs it: two relays of one operator fail together
   * @param region where it is, in the list's words
   */
  public record Standing(OptionalDouble score, Optional<String> operator, Optional<String> region) {
    public static final Standing NONE =
        new Standing(OptionalDouble.empty(), Optional.empty(), Optional.empty());

    public Standing {
      if (score.isPresent() && !(score.getAsDouble() >= 0 && score.getAsDouble() <= 1)) {
        throw new IllegalArgumentException("score: " + score.getAsDouble() + " (expected: 0 - 1)");
      }
    }
  }

  public RelayPeer {
    addresses =
        addresses.stream().flatMap(address -> withoutPeer(address).stream()).distinct().toList();
  }

  /** One nobody says anything about. */
  public static RelayPeer of(PeerId id, List<Multiaddr> addresses) {
    return new RelayPeer(id, addresses, false, Standing.NONE);
  }

  /**
   * One the operator typed.
   *
   * @param address ends with its peer
   * @throws IllegalArgumentException it names no peer
   */
  public static RelayPeer typed(Multiaddr address) {
    PeerId peer =
        address
            .peerId()
            .orElseThrow(() -> new IllegalArgumentException(address + " (expected: …/p2p/PEER)"));
    return new RelayPeer(peer, List.of(address), true, Standing.NONE);
  }

  private static Optional<Multiaddr> withoutPeer(Multiaddr address) {
    return address.withoutPeer();
  }
}
