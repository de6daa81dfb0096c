package io.fairlead.libp2p.host;

import io.fairlead.libp2p.address.AddressProtocol;
import io.fairlead.libp2p.address.AddressScope;
import io.fairlead.libp2p.address.Multiaddr;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * When each address of a peer is tried: private ones at once, public ones too, with TCP a little
 * behind QUIC where a peer has both; through relays half a second behind those that lead there
 * directly; anything else after a second. Within a kind IPv6 goes before IPv4, by the same little
 * (RFC 8305 §5).
 *
 * @param delay from the start of the dial; never less than that of the one before
 */
record DialOrder(Multiaddr address, Duration delay) {
  private static final Duration PRIVATE_STEP = Duration.ofMillis(30);
  private static final Duration PUBLIC_STEP = Duration.ofMillis(250);
  private static final Duration RELAY_DELAY = Duration.ofMillis(500);
  private static final Duration OTHER_DELAY = Duration.ofSeconds(1);

  private enum Kind {
    PRIVATE,
    PUBLIC,
    RELAYED,
    OTHER
  }

  static List<DialOrder> of(List<Multiaddr> addresses) {
    List<Multiaddr> distinct = addresses.stream().distinct().toList();
    List<DialOrder> order = new ArrayList<>();
    place(order, distinct, Kind.PRIVATE, PRIVATE_STEP, Duration.ZERO);
    place(order, distinct, Kind.PUBLIC, PUBLIC_STEP, Duration.ZERO);
    boolean direct = !order.isEmpty();
    place(order, distinct, Kind.RELAYED, PUBLIC_STEP, direct ? RELAY_DELAY : Duration.ZERO);
    boolean any = !order.isEmpty();
    place(order, distinct, Kind.OTHER, PUBLIC_STEP, any ? OTHER_DELAY : Duration.ZERO);
    order.sort(Comparator.comparing(DialOrder::delay)); // stable: IPv6 stays first
    return order;
  }

  private static void place(
      List<DialOrder> order, List<Multiaddr> all, Kind kind, Duration step, Duration start) {
    Duration at = start;
    boolean first = true;
    for (int rank = 0; rank < 4; rank++) {
      int wanted = rank;
      List<Multiaddr> group =
          all.stream().filter(address -> kind(address) == kind && rank(address) == wanted).toList();
      if (group.isEmpty()) continue;
      if (!first) at = at.plus(step);
      first = false;
      for (Multiaddr address : group) order.add(new DialOrder(address, at));
    }
  }

  private static Kind kind(Multiaddr address) {
    if (address.relayed()) return Kind.RELAYED;
    return switch (AddressScope.of(address)) {
      case PRIVATE -> Kind.PRIVATE;
      case PUBLIC -> Kind.PUBLIC;
      case UNROUTABLE, UNKNOWN -> Kind.OTHER;
    };
  }

  /** QUIC over IPv6, QUIC, IPv6, the rest. */
  private static int rank(Multiaddr address) {
    boolean quic = address.has(AddressProtocol.QUIC_V1) || address.has(AddressProtocol.QUIC);
    boolean v6 = address.has(AddressProtocol.IP6);
    return (quic ? 0 : 2) + (v6 ? 0 : 1);
  }
}
