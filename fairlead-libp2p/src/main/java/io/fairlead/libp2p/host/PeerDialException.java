package io.fairlead.libp2p.host;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.secure.WrongPeerException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** A peer that could not be connected to, and what each of its addresses said. */
public final class PeerDialException extends Exception {
  private static final long serialVersionUID = 1;

  /** What stood in the way. */
  public enum Reason {
    /** It is ourselves. */
    SELF,
    /** The caller wanted no dial, and there is no connection that will do. */
    NOT_CONNECTED,
    /** No address is known. */
    NO_ADDRESSES,
    /** Every address failed, or failed lately. */
    ALL_FAILED,
    /** Another peer answered at every address that answered. */
    WRONG_PEER,
    /** Membership does not allow it. */
    FORBIDDEN,
    /** A bound of ours is reached. */
    LIMITED,
    /** The node is closing. */
    CLOSED
  }

  private final Reason reason;
  private final transient PeerId peer;
  private final transient Map<Multiaddr, Throwable> failures;

  PeerDialException(Reason reason, PeerId peer) {
    this(reason, peer, Map.of());
  }

  PeerDialException(Reason reason, PeerId peer, Map<Multiaddr, Throwable> failures) {
    super(message(reason, peer, failures), null, false, false);
    this.reason = reason;
    this.peer = peer;
    this.failures = new LinkedHashMap<>(failures);
  }

  static PeerDialException of(PeerId peer, Map<Multiaddr, Throwable> failures) {
    if (failures.isEmpty()) return new PeerDialException(Reason.NO_ADDRESSES, peer);
    boolean wrong = failures.values().stream().anyMatch(PeerDialException::wrongPeer);
    return new PeerDialException(wrong ? Reason.WRONG_PEER : Reason.ALL_FAILED, peer, failures);
  }

  private static boolean wrongPeer(Throwable failure) {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (at instanceof WrongPeerException) return true;
    }
    return false;
  }

  private static String message(Reason reason, PeerId peer, Map<Multiaddr, Throwable> failures) {
    String each =
        failures.entrySet().stream()
            .map(entry -> entry.getKey() + ": " + entry.getValue().getMessage())
            .collect(Collectors.joining("; "));
    return "dial " + peer + ": " + reason + (each.isEmpty() ? "" : ", " + each);
  }

  public Reason reason() {
    return reason;
  }

  public PeerId peer() {
    return peer;
  }

  /** What each address that was tried said. */
  public Map<Multiaddr, Throwable> failures() {
    return Map.copyOf(failures);
  }

  /** Whether another try may succeed. */
  public boolean retryable() {
    return switch (reason) {
      case ALL_FAILED, LIMITED, NO_ADDRESSES -> true;
      case SELF, NOT_CONNECTED, WRONG_PEER, FORBIDDEN, CLOSED -> false;
    };
  }
}
