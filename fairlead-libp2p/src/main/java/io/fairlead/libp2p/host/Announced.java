package io.fairlead.libp2p.host;

import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.address.AddressProtocol;
import io.fairlead.libp2p.address.Component;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.address.PeerRecord;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.identify.ObservedAddresses;
import io.fairlead.libp2p.key.PrivateKey;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Where this node says it can be reached: the addresses it listens on, with those of the machine's
 * interfaces for any-address, and those that peers agree to see it at; rewritten by whoever knows
 * better. {@link #recompute} belongs to one thread, answers may be read on any.
 */
final class Announced {
  private static final int RECORD_BYTES_MAX = 8192;

  private final PrivateKey identity;
  private final Clock clock;
  private final RecordSequence sequence;
  private final ObservedAddresses observed;
  private volatile List<Multiaddr> listening = List.of();
  private volatile UnaryOperator<List<Multiaddr>> rewrite = UnaryOperator.identity();
  private volatile Snapshot current;

  /**
   * What was said last.
   *
   * @param number grows with each
   * @param record signed and sealed
   */
  record Snapshot(long number, List<Multiaddr> addresses, byte[] record) {}

  Announced(PrivateKey identity, Clock clock, RecordSequence sequence, ObservedAddresses observed) {
    this.identity = identity;
    this.clock = clock;
    this.sequence = sequence;
    this.observed = observed;
    this.current = snapshot(List.of());
  }

  Snapshot current() {
    return current;
  }

  /** The sockets there are now, with the ports they have. */
  void listening(List<Multiaddr> addresses) {
    listening = List.copyOf(addresses);
    observed.retain(listening);
  }

  List<Multiaddr> listening() {
    return listening;
  }

  void rewrite(UnaryOperator<List<Multiaddr>> next) {
    rewrite = next;
  }

  /** Looks again; whether something changed. */
  boolean recompute() {
    List<Multiaddr> next = addresses();
    if (next.equals(current.addresses())) return false;
    current = snapshot(next);
    return true;
  }

  /** The same addresses in a new statement: something else in it changed. */
  void renew() {
    current = snapshot(current.addresses());
  }

  private Snapshot snapshot(List<Multiaddr> addresses) {
    Instant wall = clock.wall();
    long number = sequence.next(wall.getEpochSecond() * 1_000_000_000L + wall.getNano());
    List<Multiaddr> said = addresses;
    while (true) {
      byte[] record = new PeerRecord(identity.peerId(), number, said).seal(identity);
      if (record.length <= RECORD_BYTES_MAX) return new Snapshot(number, addresses, record);
      said = said.subList(0, said.size() / 2);
    }
  }

  private List<Multiaddr> addresses() {
    return rewrite.apply(known()).stream().distinct().sorted().toList();
  }

  /** What it listens on and what peers agree on, before it is rewritten. */
  List<Multiaddr> known() {
    List<Multiaddr> all = new ArrayList<>();
    for (Multiaddr address : listening) all.addAll(expanded(address));
    all.addAll(observed.believed());
    return List.copyOf(all);
  }

  private static List<Multiaddr> expanded(Multiaddr address) {
    Component first = address.components().getFirst();
    boolean ip = first.protocol() == AddressProtocol.IP4 || first.protocol() == AddressProtocol.IP6;
    if (!ip || !InetAddress.ofLiteral(first.text()).isAnyLocalAddress()) return List.of(address);
    boolean v4 = first.protocol() == AddressProtocol.IP4;
    String rest = address.toString().substring(first.toString().length());
    List<Multiaddr> expanded = new ArrayList<>();
    for (InetAddress own : interfaces()) {
      if (own instanceof Inet4Address != v4 || own.isLinkLocalAddress()) continue;
      String host = own.getHostAddress().replaceFirst("%.*", "");
      try {
        expanded.add(Multiaddr.parse((v4 ? "/ip4/" : "/ip6/") + host + rest));
      } catch (MalformedException impossible) {
        throw new IllegalStateException("an address of an interface", impossible);
      }
    }
    return expanded;
  }

  private static List<InetAddress> interfaces() {
    try {
      return NetworkInterface.networkInterfaces()
          .flatMap(each -> each.getInterfaceAddresses().stream())
          .map(InterfaceAddress::getAddress)
          .toList();
    } catch (SocketException unreadable) {
      return List.of(); // then only what peers see is known
    }
  }
}
