package io.fairlead.libp2p.identify;

import io.fairlead.libp2p.address.AddressScope;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.address.PeerRecord;
import io.fairlead.libp2p.codec.IdentifyMessage;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PublicKey;
import io.fairlead.libp2p.key.UnusableKeyException;
import java.util.List;
import java.util.Optional;

/**
 * What a statement of a peer is worth after it was checked against the connection it came on.
 *
 * @param addresses of the signed record where there is one, else as listed; only such as a peer at
 *     the other end of this connection can have
 * @param protocols empty where the statement names none
 * @param signed the record, with its sealed form
 * @param observed where the peer sees us
 */
public record Learned(
    List<Multiaddr> addresses,
    List<String> protocols,
    Optional<Signed> signed,
    Optional<Multiaddr> observed,
    Optional<String> agent) {
  private static final int AGENT_LENGTH_MAX = 256;

  /** A record and its sealed form. */
  public record Signed(PeerRecord record, byte[] envelope) {}

  /**
   * Checks a statement.
   *
   * @param peer who is at the other end
   * @param remote the address of the other end
   * @throws MalformedException the statement is of another peer
   */
  public static Learned from(IdentifyMessage said, PeerId peer, Multiaddr remote)
      throws MalformedException {
    if (said.publicKey().isPresent()) {
      byte[] message = said.publicKey().get();
      requireSame(peer, message);
    }
    Optional<Signed> signed = said.signedPeerRecord().flatMap(envelope -> open(envelope, peer));
    List<Multiaddr> claimed =
        signed
            .map(record -> record.record().addresses())
            .orElseGet(() -> Multiaddr.readable(said.listenAddresses()));
    return new Learned(
        believable(claimed, remote),
        said.protocols(),
        signed,
        said.observedAddress().flatMap(bytes -> readable(bytes)),
        said.agentVersion().map(Learned::printable));
  }

  private static void requireSame(PeerId peer, byte[] keyMessage) throws MalformedException {
    try {
      PeerId said = PublicKey.read(keyMessage).peerId();
      if (said.equals(peer)) return;
    } catch (UnusableKeyException _) {
      // cannot be the key that secured the connection
    }
    throw new MalformedException("identify: the key of another peer than " + peer);
  }

  private static Optional<Signed> open(byte[] sealed, PeerId peer) {
    try {
      PeerRecord record = PeerRecord.open(sealed);
      return record.peer().equals(peer)
          ? Optional.of(new Signed(record, sealed))
          : Optional.empty();
    } catch (MalformedException _) {
      return Optional.empty(); // what is listed still counts
    }
  }

  private static Optional<Multiaddr> readable(byte[] bytes) {
    try {
      return Optional.of(Multiaddr.of(bytes));
    } catch (MalformedException _) {
      return Optional.empty();
    }
  }

  /**
   * Which addresses a peer can have that we see at {@code remote}: from this machine all, from a
   * private network all but loopback, from elsewhere only public ones.
   */
  static List<Multiaddr> believable(List<Multiaddr> addresses, Multiaddr remote) {
    if (AddressScope.loopback(remote)) return addresses;
    if (AddressScope.of(remote) == AddressScope.PRIVATE) {
      return addresses.stream().filter(address -> !AddressScope.loopback(address)).toList();
    }
    return addresses.stream()
        .filter(address -> AddressScope.of(address) == AddressScope.PUBLIC)
        .toList();
  }

  /** It stands in logs and on pages. */
  private static String printable(String agent) {
    String cut = agent.length() > AGENT_LENGTH_MAX ? agent.substring(0, AGENT_LENGTH_MAX) : agent;
    return cut.replaceAll("\\p{Cntrl}", "?");
  }
}
