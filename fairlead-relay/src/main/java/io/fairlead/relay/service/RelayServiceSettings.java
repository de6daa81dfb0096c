package io.fairlead.relay.service;

import io.fairlead.core.unit.ByteSize;
import io.fairlead.core.unit.Limit;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * When a node is a relay, and for how much.
 *
 * @param reservations places at once
 * @param perIp places of peers that come from one IPv4 address or IPv6 /64
 * @param perAsn places of peers that come from one network, where that is known
 * @param circuits at once, of all peers
 * @param buffer bytes that may wait in each direction of a circuit
 * @param perPeer how often one peer may ask for places, and as often for circuits; empty is no
 *     bound
 * @param perSource the same of one IPv4 address or IPv6 /64
 * @param classes what each class may take; one that is missing is refused
 */
public record RelayServiceSettings(
    Mode mode,
    Limit reservations,
    Limit perIp,
    Limit perAsn,
    Limit circuits,
    ByteSize buffer,
    Optional<AskRate> perPeer,
    Optional<AskRate> perSource,
    Map<PeerClass, ClassLimits> classes) {
  /** When it is one. */
  public enum Mode {
    OFF,
    ON,
    /** While others can dial this node. */
    AUTO
  }

  public static final RelayServiceSettings DEFAULTS =
      new RelayServiceSettings(
          Mode.OFF,
          Limit.atMost(128),
          Limit.atMost(8),
          Limit.atMost(32),
          Limit.atMost(1024),
          ByteSize.ofKibi(256),
          Optional.of(new AskRate(30, Duration.ofMinutes(2))),
          Optional.of(new AskRate(60, Duration.ofMinutes(1))),
          Map.of(
              PeerClass.ANONYMOUS, ClassLimits.DEFAULTS,
              PeerClass.REGISTERED, ClassLimits.DEFAULTS,
              PeerClass.OPERATOR, ClassLimits.DEFAULTS));

  public RelayServiceSettings {
    classes = Map.copyOf(classes);
    if (buffer.bytes() < 4096) {
      throw new IllegalArgumentException("buffer: " + buffer + " (expected: >= 4KiB)");
    }
  }

  /** These in another mode. */
  public RelayServiceSettings in(Mode next) {
    return new RelayServiceSettings(
        next, reservations, perIp, perAsn, circuits, buffer, perPeer, perSource, classes);
  }

  /** These with the same limits for everyone. */
  public RelayServiceSettings withLimits(ClassLimits everyone) {
    return withClasses(
        Map.of(
            PeerClass.ANONYMOUS, everyone,
            PeerClass.REGISTERED, everyone,
            PeerClass.OPERATOR, everyone));
  }

  /** These with other limits of classes. */
  public RelayServiceSettings withClasses(Map<PeerClass, ClassLimits> next) {
    return new RelayServiceSettings(
        mode, reservations, perIp, perAsn, circuits, buffer, perPeer, perSource, next);
  }

  /** These with other bounds of places and circuits. */
  public RelayServiceSettings withBounds(
      Limit reservations, Limit perIp, Limit perAsn, Limit circuits) {
    return new RelayServiceSettings(
        mode, reservations, perIp, perAsn, circuits, buffer, perPeer, perSource, classes);
  }

  /** These with other rates. */
  public RelayServiceSettings withRates(Optional<AskRate> perPeer, Optional<AskRate> perSource) {
    return new RelayServiceSettings(
        mode, reservations, perIp, perAsn, circuits, buffer, perPeer, perSource, classes);
  }
}
