package io.fairlead.libp2p.host;

import io.fairlead.core.access.Action;
import io.fairlead.core.access.Principal;
import io.fairlead.core.access.Verdict;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;

/** Says on whose behalf a peer acts, and what it may do now. Any thread, never blocks. */
public interface PeerGate {
  Principal principal(PeerId peer);

  Verdict decide(Principal principal, Action action);

  /** Whether a socket from there is let in at all, before anything is said. */
  default boolean admits(Multiaddr remote) {
    return true;
  }

  /** Whether we may dial there: a peer can claim any address, also one of our own network. */
  default boolean mayDial(Multiaddr address) {
    return true;
  }

  /**
   * The same of an address that a name stands for.
   *
   * @param named as it was asked for, with the name
   * @param found one of those that the name resolved to
   */
  default boolean mayDial(Multiaddr named, Multiaddr found) {
    return mayDial(found);
  }

  /** Everyone may do everything. */
  static PeerGate open() {
    return new PeerGate() {
      @Override
      public Principal principal(PeerId peer) {
        return Principal.of(peer.toString());
      }

      @Override
      public Verdict decide(Principal principal, Action action) {
        return Verdict.ALLOW;
      }
    };
  }
}
