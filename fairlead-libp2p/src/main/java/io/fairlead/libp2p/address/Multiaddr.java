package io.fairlead.libp2p.address;

import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.codec.Varint;
import io.fairlead.libp2p.key.PeerId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A self-describing address, e.g. {@code /ip4/192.0.2.1/tcp/4001/p2p/12D3Koo…}: the code of a
 * protocol and its value, and so on. Immutable; equal and ordered by its bytes.
 *
 * @see <a href="https://github.com/multiformats/multiaddr">multiaddr</a>
 */
public final class Multiaddr implements Comparable<Multiaddr> {
  /** Longest address in bytes. */
  public static final int BYTES_MAX = 2048;

  /** Most parts of one address. */
  public static final int COMPONENTS_MAX = 64;

  private static final int TEXT_MAX = 4 * BYTES_MAX;

  private final byte[] bytes;
  private final List<Component> components;

  private Multiaddr(byte[] bytes, List<Component> components) {
    this.bytes = bytes;
    this.components = components;
  }

  /**
   * Reads the binary form.
   *
   * @param bytes borrows
   * @throws MalformedException too long, an unknown protocol, a value that is none, or cut off
   */
  public static Multiaddr of(byte[] bytes) throws MalformedException {
    return ofOwn(bytes.clone());
  }

  /** The addresses of a list of a peer's that can be read; others are passed over. */
  public static List<Multiaddr> readable(List<byte[]> list) {
    List<Multiaddr> addresses = new ArrayList<>(list.size());
    for (byte[] bytes : list) {
      try {
        addresses.add(of(bytes));
      } catch (MalformedException _) {
        // of a protocol we do not know, perhaps; the others are as good as before
      }
    }
    return addresses;
  }

  private static Multiaddr ofOwn(byte[] bytes) throws MalformedException {
    if (bytes.length == 0 || bytes.length > BYTES_MAX) {
      throw new MalformedException(
          "address: " + bytes.length + " bytes (expected: 1 - " + BYTES_MAX + ")");
    }
    List<Component> components = new ArrayList<>(4);
    int at = 0;
    while (at < bytes.length) {
      if (components.size() == COMPONENTS_MAX) throw tooMany();
      int start = at;
      long code = Varint.read(bytes, at, bytes.length);
      at += Varint.size(code);
      AddressProtocol protocol =
          AddressProtocol.ofCode(code)
              .orElseThrow(() -> new MalformedException("address: unknown protocol " + code));
      long length = protocol.valueBytes();
      if (protocol.prefixed()) {
        length = Varint.read(bytes, at, bytes.length);
        at += Varint.size(length);
      }
      if (length > bytes.length - at) throw new MalformedException("address: cut off");
      int from = at;
      at += (int) length;
      protocol.form().text(Arrays.copyOfRange(bytes, from, at));
      components.add(new Component(protocol, bytes, start, from, at));
    }
    return new Multiaddr(bytes, List.copyOf(components));
  }

  /**
   * Reads the text form; one slash at the end is passed over.
   *
   * @throws MalformedException too long, an unknown protocol, a value that is none or missing
   */
  public static Multiaddr parse(String text) throws MalformedException {
    if (text.length() > TEXT_MAX) {
      throw new MalformedException("address: " + text.length() + " characters");
    }
    if (!text.startsWith("/")) throw new MalformedException("address: must start with /");
    byte[] bytes = {};
    int count = 0;
    int at = 1;
    while (at < text.length()) {
      if (count++ == COMPONENTS_MAX) throw tooMany();
      int end = endOfWord(text, at);
      String word = text.substring(at, end);
      AddressProtocol protocol =
          AddressProtocol.ofWord(word)
              .orElseThrow(() -> new MalformedException("address: unknown protocol " + word));
      at = end + 1;
      if (protocol.form() == ValueForm.NONE) {
        bytes = appended(bytes, protocol, new byte[0]);
        continue;
      }
      if (at > text.length()) throw new MalformedException("address: " + word + " without value");
      boolean path = protocol.form() == ValueForm.PATH;
      end = path ? text.length() : endOfWord(text, at);
      String value = path ? text.substring(at - 1) : text.substring(at, end);
      bytes = appended(bytes, protocol, protocol.form().bytes(value, protocol.valueBytes()));
      at = end + 1;
    }
    return ofOwn(bytes);
  }

  private static int endOfWord(String text, int from) {
    int slash = text.indexOf('/', from);
    return slash < 0 ? text.length() : slash;
  }

  private static byte[] appended(byte[] head, AddressProtocol protocol, byte[] value) {
    int size = Varint.size(protocol.code()) + value.length;
    if (protocol.prefixed()) size += Varint.size(value.length);
    byte[] bytes = Arrays.copyOf(head, head.length + size);
    int at = Varint.write(protocol.code(), bytes, head.length);
    if (protocol.prefixed()) at = Varint.write(value.length, bytes, at);
    System.arraycopy(value, 0, bytes, at, value.length);
    return bytes;
  }

  /** Its parts in order; views, no copies. */
  public List<Component> components() {
    return components;
  }

  /** The first part of a protocol. */
  public Optional<Component> first(AddressProtocol protocol) {
    for (Component component : components) {
      if (component.protocol() == protocol) return Optional.of(component);
    }
    return Optional.empty();
  }

  /** Whether a part is of this protocol. */
  public boolean has(AddressProtocol protocol) {
    return first(protocol).isPresent();
  }

  /** Whether it leads through a relay. */
  public boolean relayed() {
    return has(AddressProtocol.P2P_CIRCUIT);
  }

  /** The peer at its end, where the last part names one. */
  public Optional<PeerId> peerId() {
    Component last = components.getLast();
    return last.protocol() == AddressProtocol.P2P ? Optional.of(last.peerId()) : Optional.empty();
  }

  /** This with the peer at its end; the same where it stands there already. */
  public Multiaddr withPeer(PeerId peer) {
    if (peerId().filter(peer::equals).isPresent()) return this;
    return checked(appended(bytes, AddressProtocol.P2P, peer.toBytes()));
  }

  /** This without the peer at its end; empty when nothing else is there. */
  public Optional<Multiaddr> withoutPeer() {
    return peerId().isEmpty() ? Optional.of(this) : part(0, components.getLast().start());
  }

  /**
   * This followed by another.
   *
   * @throws IllegalArgumentException both together are longer than an address may be
   */
  public Multiaddr followedBy(Multiaddr suffix) {
    byte[] both = Arrays.copyOf(bytes, bytes.length + suffix.bytes.length);
    System.arraycopy(suffix.bytes, 0, both, bytes.length, suffix.bytes.length);
    return checked(both);
  }

  /**
   * What stands before and behind the first {@code /p2p-circuit}.
   *
   * @param relay how to reach the relay; empty when the address begins with the circuit
   * @param behind what is asked of the relay; empty when nothing follows
   */
  public record Circuit(Optional<Multiaddr> relay, Optional<Multiaddr> behind) {}

  /** Splits at the first {@code /p2p-circuit}; empty without one. */
  public Optional<Circuit> circuit() {
    return first(AddressProtocol.P2P_CIRCUIT)
        .map(hop -> new Circuit(part(0, hop.start()), part(hop.end(), bytes.length)));
  }

  /** The one spelling of addresses that mean the same: {@code /wss} becomes {@code /tls/ws}. */
  public Multiaddr normal() {
    if (!has(AddressProtocol.WSS)) return this;
    byte[] spelled = {};
    for (Component component : components) {
      if (component.protocol() == AddressProtocol.WSS) {
        if (spelled.length == 0 || !endsWithTls(spelled)) {
          spelled = appended(spelled, AddressProtocol.TLS, new byte[0]);
        }
        spelled = appended(spelled, AddressProtocol.WS, new byte[0]);
      } else {
        spelled = appended(spelled, component.protocol(), component.value());
      }
    }
    return checked(spelled);
  }

  private static boolean endsWithTls(byte[] bytes) {
    try {
      return ofOwn(bytes).components.getLast().protocol() == AddressProtocol.TLS;
    } catch (MalformedException impossible) {
      throw new IllegalStateException("parts of an address make one", impossible);
    }
  }

  /** The binary form; a copy. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  @Override
  public int compareTo(Multiaddr other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Multiaddr address && Arrays.equals(bytes, address.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** The text form. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(bytes.length * 2);
    for (Component component : components) text.append(component);
    return text.toString();
  }

  private Optional<Multiaddr> part(int from, int to) {
    return from == to
        ? Optional.empty()
        : Optional.of(checked(Arrays.copyOfRange(bytes, from, to)));
  }

  private static Multiaddr checked(byte[] bytes) {
    try {
      return ofOwn(bytes);
    } catch (MalformedException tooLong) {
      throw new IllegalArgumentException(tooLong.getMessage(), tooLong);
    }
  }

  private static MalformedException tooMany() {
    return new MalformedException("address: more than " + COMPONENTS_MAX + " parts");
  }
}
