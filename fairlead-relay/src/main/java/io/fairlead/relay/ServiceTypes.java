package io.fairlead.relay;

import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.core.unit.Limit;
import io.fairlead.relay.reservation.CircuitLimit;
import io.fairlead.relay.service.AskRate;
import io.fairlead.relay.service.ClassLimits;
import io.fairlead.relay.service.PeerClass;
import io.fairlead.relay.service.RelayServiceSettings;
import io.fairlead.relay.service.RelayServiceSettings.Mode;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** How {@code relay.service} is read. */
final class ServiceTypes {
  private static final RelayServiceSettings USUAL = RelayServiceSettings.DEFAULTS;
  private static final ClassLimits USUAL_CLASS = ClassLimits.DEFAULTS;

  private record Limits(
      ClassLimits each,
      Limit reservations,
      Limit perIp,
      Limit perAsn,
      Limit circuits,
      Optional<AskRate> asksPerPeer,
      Optional<AskRate> asksPerIp) {}

  private static final RecordType<AskRate> ASKS =
      RecordType.define(
          "RelayAsks",
          "how often one may ask for places, and as often for circuits",
          f -> {
            var burst = f.key("burst", Types.integer().atLeast(1), "So many at once.").required();
            var refill =
                f.key(
                        "refill",
                        Types.duration().atLeast(Duration.ofMillis(1)),
                        "One more each time this has passed.")
                    .required();
            return v -> new AskRate(v.get(burst), v.get(refill));
          });

  /** What a class says otherwise. */
  private record Other(
      Optional<Duration> ttl,
      Optional<Limit> circuits,
      Optional<Optional<Duration>> duration,
      Optional<Optional<ByteSize>> data,
      Optional<Limit> bandwidth) {
    static final Other NOTHING =
        new Other(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    ClassLimits over(ClassLimits base) {
      return new ClassLimits(
          ttl.orElse(base.reservationTtl()),
          circuits.orElse(base.circuits()),
          new CircuitLimit(
              duration.orElse(base.circuit().duration()),
              data.map(size -> size.map(ByteSize::bytes)).orElse(base.circuit().bytes())),
          bandwidth.orElse(base.bytesPerSecond()));
    }
  }

  private record Classes(
      Optional<Other> anonymous, Optional<Other> registered, Optional<Other> operator) {}

  private static ConfigType<Optional<Duration>> circuitTime() {
    return Types.orOff(Types.duration().atLeast(Duration.ofSeconds(1)));
  }

  private static ConfigType<Optional<ByteSize>> circuitData() {
    return Types.orOff(Types.size());
  }

  private static final RecordType<Limits> LIMITS =
      RecordType.define(
          "RelayServiceLimits",
          "what the relay gives",
          f -> {
            var ttl =
                f.key(
                        "reservation_ttl",
                        Types.duration().atLeast(Duration.ofSeconds(1)),
                        "How long a place is kept without being asked for again.")
                    .orElse(USUAL_CLASS.reservationTtl());
            var reservations =
                f.key("reservations", Types.limit(), "Places of all peers.")
                    .orElse(USUAL.reservations());
            var perIp =
                f.key(
                        "per_ip",
                        Types.limit(),
                        "Places of peers that come from one address (IPv6: /64).")
                    .orElse(USUAL.perIp());
            var perAsn =
                f.key(
                        "per_asn",
                        Types.limit(),
                        "Places of peers that come from one network, by `asn_table`.")
                    .orElse(USUAL.perAsn());
            var circuitsPerPeer =
                f.key("circuits_per_peer", Types.limit(), "Circuits of one peer, as either end.")
                    .orElse(USUAL_CLASS.circuits());
            var circuits =
                f.key("circuits", Types.limit(), "Circuits of all peers.").orElse(USUAL.circuits());
            var duration =
                f.key("duration", circuitTime(), "How long a circuit may last.")
                    .orElse(USUAL_CLASS.circuit().duration());
            var data =
                f.key("data", circuitData(), "What may pass through a circuit in each direction.")
                    .orElse(USUAL_CLASS.circuit().bytes().map(ByteSize::new));
            var asksPerPeer =
                f.key(
                        "asks_per_peer",
                        Types.orOff(ASKS),
                        "How often one peer may ask; unsaid: 30 at once, one more each 2m.")
                    .optional();
            var asksPerIp =
                f.key(
                        "asks_per_ip",
                        Types.orOff(ASKS),
                        "How often one address (IPv6: /64) may ask; unsaid: 60 at once, one more"
                            + " each 1m.")
                    .optional();
            return v ->
                new Limits(
                    new ClassLimits(
                        v.get(ttl),
                        v.get(circuitsPerPeer),
                        new CircuitLimit(v.get(duration), v.get(data).map(ByteSize::bytes)),
                        Limit.OFF),
                    v.get(reservations),
                    v.get(perIp),
                    v.get(perAsn),
                    v.get(circuits),
                    v.get(asksPerPeer).orElse(USUAL.perPeer()),
                    v.get(asksPerIp).orElse(USUAL.perSource()));
          });

  private static final RecordType<Other> OVERRIDE =
      RecordType.define(
          "RelayClassLimits",
          "what peers of one class are given; what is left out is as in `limits`",
          f -> {
            var ttl =
                f.key(
                        "reservation_ttl",
                        Types.duration().atLeast(Duration.ofSeconds(1)),
                        "How long a place is kept.")
                    .optional();
            var circuits =
                f.key("circuits_per_peer", Types.limit(), "Circuits of one peer.").optional();
            var duration =
                f.key("duration", circuitTime(), "How long a circuit may last.").optional();
            var data =
                f.key("data", circuitData(), "What may pass through a circuit in each direction.")
                    .optional();
            var bandwidth =
                f.key(
                        "bandwidth",
                        Types.orOff(Types.byteRate()),
                        "What may pass in a second, in each direction of a circuit.")
                    .optional();
            return v ->
                new Other(
                    v.get(ttl),
                    v.get(circuits),
                    v.get(duration),
                    v.get(data),
                    v.get(bandwidth)
                        .map(
                            rate ->
                                rate.map(size -> Limit.atMost(Math.max(1, size.bytes())))
                                    .orElse(Limit.OFF)));
          });

  private static final RecordType<Classes> CLASSES =
      RecordType.define(
          "RelayClasses",
          "limits by who it is",
          f -> {
            var anonymous =
                f.key(
                        "anonymous",
                        OVERRIDE,
                        "Peers that no list names; with a `registry` they are refused unless this"
                            + " is written.")
                    .optional();
            var registered = f.key("registered", OVERRIDE, "Peers that the list names.").optional();
            var operator =
                f.key(
                        "operator",
                        OVERRIDE,
                        "Those whose entry has the role proxy, relay or tunnel_server.")
                    .optional();
            return v -> new Classes(v.get(anonymous), v.get(registered), v.get(operator));
          });

  static final RecordType<RelayConfig.Service> SERVICE =
      RecordType.define(
          "RelayService",
          "a relay for others",
          f -> {
            var mode =
                f.key(
                        "mode",
                        Types.choice(Mode.class),
                        "on, off, or auto = while others can dial this node. Write the word in"
                            + " quotes.")
                    .orElse(Mode.OFF);
            var registry =
                f.key(
                        "registry",
                        Types.reference("registry.sources"),
                        "The registry source whose entries are known here.")
                    .optional();
            var limits =
                f.key("limits", LIMITS, "What everyone is given.").orElse(LIMITS.defaults());
            var classes =
                f.key("classes", CLASSES, "Other limits, by who it is.").orElse(CLASSES.defaults());
            return v ->
                new RelayConfig.Service(
                    settings(
                        v.get(mode), v.get(limits), v.get(classes), v.get(registry).isPresent()),
                    v.get(registry));
          });

  private static RelayServiceSettings settings(
      Mode mode, Limits limits, Classes classes, boolean listed) {
    Map<PeerClass, ClassLimits> byClass = new EnumMap<>(PeerClass.class);
    ClassLimits base = limits.each();
    if (classes.anonymous().isPresent() || !listed) {
      byClass.put(PeerClass.ANONYMOUS, classes.anonymous().orElse(Other.NOTHING).over(base));
    }
    byClass.put(PeerClass.REGISTERED, classes.registered().orElse(Other.NOTHING).over(base));
    byClass.put(PeerClass.OPERATOR, classes.operator().orElse(Other.NOTHING).over(base));
    return USUAL
        .in(mode)
        .withClasses(byClass)
        .withRates(limits.asksPerPeer(), limits.asksPerIp())
        .withBounds(limits.reservations(), limits.perIp(), limits.perAsn(), limits.circuits());
  }

  private ServiceTypes() {}
}
