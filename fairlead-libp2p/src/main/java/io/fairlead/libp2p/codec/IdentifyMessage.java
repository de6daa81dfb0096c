package io.fairlead.libp2p.codec;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a peer says about itself. A field that is absent says nothing: in a push it leaves what is
 * known.
 *
 * @param publicKey the {@code PublicKey} message
 * @param listenAddresses binary multiaddrs, unchecked
 * @param protocols ids of the protocols it answers
 * @param observedAddress binary multiaddr it sees us at, unchecked
 * @param signedPeerRecord an envelope, unchecked
 * @see <a href="https://github.com/libp2p/specs/blob/master/identify/README.md">identify</a>
 */
public record IdentifyMessage(
    Optional<byte[]> publicKey,
    List<byte[]> listenAddresses,
    List<String> protocols,
    Optional<byte[]> observedAddress,
    Optional<String> protocolVersion,
    Optional<String> agentVersion,
    Optional<byte[]> signedPeerRecord) {
  /** Longest message read; a peer may send several. */
  public static final int BYTES_MAX = 8192;

  /** Entries of one list kept; the rest is passed over. */
  public static final int ENTRIES_MAX = 1024;

  /** Nothing said. */
  public static final IdentifyMessage EMPTY =
      new IdentifyMessage(
          Optional.empty(),
          List.of(),
          List.of(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  public IdentifyMessage {
    listenAddresses = List.copyOf(listenAddresses);
    protocols = List.copyOf(protocols);
  }

  /**
   * Reads one message.
   *
   * @throws MalformedException no message
   */
  public static IdentifyMessage read(byte[] message) throws MalformedException {
    ProtoReader in = new ProtoReader(message);
    List<byte[]> addresses = new ArrayList<>();
    List<String> protocols = new ArrayList<>();
    Optional<byte[]> key = Optional.empty();
    Optional<byte[]> observed = Optional.empty();
    Optional<String> protocolVersion = Optional.empty();
    Optional<String> agentVersion = Optional.empty();
    Optional<byte[]> record = Optional.empty();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> key = Optional.of(in.bytes());
        case 2 -> add(addresses, in.bytes());
        case 3 -> add(protocols, in.string());
        case 4 -> observed = Optional.of(in.bytes());
        case 5 -> protocolVersion = Optional.of(in.string());
        case 6 -> agentVersion = Optional.of(in.string());
        case 8 -> record = Optional.of(in.bytes());
        default -> in.skip();
      }
    }
    return new IdentifyMessage(
        key, addresses, protocols, observed, protocolVersion, agentVersion, record);
  }

  /** This and what a later message of the same exchange adds: lists grow, other fields replace. */
  public IdentifyMessage and(IdentifyMessage later) {
    return new IdentifyMessage(
        later.publicKey.or(() -> publicKey),
        joined(listenAddresses, later.listenAddresses),
        joined(protocols, later.protocols),
        later.observedAddress.or(() -> observedAddress),
        later.protocolVersion.or(() -> protocolVersion),
        later.agentVersion.or(() -> agentVersion),
        later.signedPeerRecord.or(() -> signedPeerRecord));
  }

  public byte[] toBytes() {
    ProtoWriter out = new ProtoWriter();
    publicKey.ifPresent(key -> out.bytes(1, key));
    for (byte[] address : listenAddresses) out.bytes(2, address);
    for (String protocol : protocols) out.string(3, protocol);
    observedAddress.ifPresent(address -> out.bytes(4, address));
    protocolVersion.ifPresent(version -> out.string(5, version));
    agentVersion.ifPresent(version -> out.string(6, version));
    signedPeerRecord.ifPresent(record -> out.bytes(8, record));
    return out.toBytes();
  }

  private static <E> void add(List<E> list, E entry) {
    if (list.size() < ENTRIES_MAX) list.add(entry);
  }

  private static <E> List<E> joined(List<E> first, List<E> second) {
    if (first.isEmpty()) return second;
    List<E> all = new ArrayList<>(first);
    for (E entry : second) add(all, entry);
    return all;
  }
}
