package io.fairlead.relay.finder;

import io.fairlead.libp2p.address.AddressScope;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.host.Reachability;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Which addresses a node says: its own, those that lead through relays, or both. Immutable and
 * pure.
 *
 * @param announce said in place of its own; none for its own
 * @param throughRelays addresses that lead through relays
 * @param reachability whether others can dial it, as one answer
 * @param probed of its own addresses, what others could and could not dial, where that is found out
 *     for each
 */
public record AddressBook(
    List<Multiaddr> announce,
    List<Multiaddr> throughRelays,
    Reachability reachability,
    Probed probed) {
  /** What was found out about single addresses. */
  public record Probed(Set<Multiaddr> reachable, Set<Multiaddr> unreachable) {
    public static final Probed NOTHING = new Probed(Set.of(), Set.of());

    public Probed {
      reachable = Set.copyOf(reachable);
      unreachable = Set.copyOf(unreachable);
    }

    boolean nothing() {
      return reachable.isEmpty() && unreachable.isEmpty();
    }
  }

  public AddressBook {
    announce = List.copyOf(announce);
    throughRelays = List.copyOf(throughRelays);
  }

  /**
   * The addresses to say.
   *
   * @param own those the node knows
   */
  public List<Multiaddr> said(List<Multiaddr> own) {
    List<Multiaddr> said = new ArrayList<>();
    boolean relayed = relayed();
    if (announce.isEmpty()) {
      own.stream().filter(address -> keeps(address, relayed)).forEach(said::add);
    } else {
      said.addAll(announce);
    }
    if (relayed) said.addAll(throughRelays);
    return said.stream().distinct().sorted().toList();
  }

  /**
   * Where single addresses were tried: whether none of them can be dialled. Else whether the node
   * as a whole cannot be: while that is not known nothing is said through relays.
   */
  private boolean relayed() {
    if (throughRelays.isEmpty()) return false;
    return probed.nothing() ? reachability == Reachability.PRIVATE : probed.reachable().isEmpty();
  }

  private boolean keeps(Multiaddr address, boolean relayed) {
    if (!probed.nothing()) return !probed.unreachable().contains(address);
    return !relayed || AddressScope.of(address) != AddressScope.PUBLIC;
  }
}
