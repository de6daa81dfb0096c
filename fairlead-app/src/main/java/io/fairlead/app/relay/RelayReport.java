package io.fairlead.app.relay;

import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.address.AddressScope;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.Reachability;
import io.fairlead.relay.RelayNode;
import io.fairlead.relay.finder.FinderReport;
import io.fairlead.relay.finder.ReserveResult;
import io.fairlead.relay.finder.ScoredSelection;
import io.fairlead.relay.reservation.CircuitLimit;
import io.fairlead.relay.service.CircuitView;
import io.fairlead.relay.service.PlaceView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/** The node as the control API shows it. */
final class RelayReport {
  private RelayReport() {}

  static Map<String, Object> of(RelayNode node, Clock clock) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("peer_id", node.host().id().toString());
    document.put("listening", texts(node.host().listening()));
    Map<Multiaddr, Reachability> verdicts = new LinkedHashMap<>(node.verdicts());
    List<Object> said = new ArrayList<>();
    for (Multiaddr address : node.host().addresses()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("address", address.toString());
      one.put("reason", reason(address));
      Reachability verdict = verdicts.get(address);
      if (verdict != null) one.put("reachability", word(verdict));
      said.add(one);
    }
    verdicts.keySet().removeAll(node.host().addresses());
    for (Map.Entry<Multiaddr, Reachability> each : verdicts.entrySet()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("address", each.getKey().toString());
      one.put("reason", reason(each.getKey()));
      one.put("reachability", word(each.getValue()));
      one.put("announced", false);
      said.add(one);
    }
    document.put("addresses", said);
    document.put("reachability", word(node.reachability()));
    node.lastProbe().ifPresent(at -> document.put("last_probe", at.toString()));
    document.put("stale", node.stale());
    node.finder().ifPresent(finder -> document.put("auto", auto(finder.report(), clock)));
    document.put("service", service(node));
    List<Object> connections = new ArrayList<>();
    for (Connection each : node.host().connections()) connections.add(connection(each));
    document.put("connections", connections);
    return document;
  }

  private static String reason(Multiaddr address) {
    if (address.relayed()) return "relay";
    return switch (AddressScope.of(address)) {
      case PUBLIC -> "public";
      case PRIVATE -> AddressScope.loopback(address) ? "loopback" : "private";
      case UNROUTABLE, UNKNOWN -> "other";
    };
  }

  private static Map<String, Object> auto(FinderReport report, Clock clock) {
    long now = clock.nanos();
    Map<String, Object> auto = new LinkedHashMap<>();
    auto.put("running", report.running());
    auto.put("num_relays", report.desired());
    auto.put("search", word(report.candidateState()));
    List<Object> relays = new ArrayList<>();
    for (FinderReport.Relay each : report.relays()) {
      Map<String, Object> relay = new LinkedHashMap<>();
      relay.put("peer", each.peer().toString());
      relay.put("state", each.state());
      relay.put("expires", each.expiresAt().toString());
      relay.put("addresses", texts(each.addresses()));
      each.roundTrip().ifPresent(trip -> relay.put("rtt_seconds", seconds(trip)));
      each.score().ifPresent(parts -> relay.put("score", score(parts)));
      relay.put("limits", limits(each.limit()));
      each.lastRefresh().map(ReserveResult::word).ifPresent(last -> relay.put("refresh", last));
      relays.add(relay);
    }
    auto.put("relays", relays);
    List<Object> candidates = new ArrayList<>();
    for (FinderReport.Candidate each : report.candidates()) {
      Map<String, Object> candidate = new LinkedHashMap<>();
      candidate.put("peer", each.peer().toString());
      candidate.put("age_seconds", (now - each.addedAtNanos()) / 1_000_000_000);
      candidate.put("addresses", texts(each.addresses()));
      each.roundTrip().ifPresent(trip -> candidate.put("rtt_seconds", seconds(trip)));
      each.score().ifPresent(parts -> candidate.put("score", score(parts)));
      candidates.add(candidate);
    }
    auto.put("candidates", candidates);
    List<Object> backoffs = new ArrayList<>();
    for (FinderReport.Backoff each : report.backoffs()) {
      Map<String, Object> backoff = new LinkedHashMap<>();
      backoff.put("peer", each.peer().toString());
      backoff.put("reason", each.reason());
      backoff.put("seconds", Math.max(0, (each.untilNanos() - now) / 1_000_000_000));
      backoffs.add(backoff);
    }
    auto.put("backoff", backoffs);
    Map<String, Object> next = new LinkedHashMap<>();
    due(next, "source_call", report.schedule().sourceCall(), now);
    due(next, "reservation_refresh", report.schedule().refresh(), now);
    due(next, "clear_backoff", report.schedule().backoff(), now);
    due(next, "old_candidate_check", report.schedule().age(), now);
    auto.put("next_seconds", next);
    auto.put("published", texts(report.published()));
    return auto;
  }

  private static void due(Map<String, Object> next, String work, OptionalLong at, long now) {
    at.ifPresent(time -> next.put(work, Math.max(0, (time - now) / 1_000_000_000)));
  }

  private static Map<String, Object> score(ScoredSelection.Parts parts) {
    Map<String, Object> score = new LinkedHashMap<>();
    score.put("total", parts.total());
    score.put("latency", parts.latency());
    score.put("reliability", parts.reliability());
    score.put("limits", parts.limits());
    score.put("registry", parts.standing());
    return score;
  }

  private static Map<String, Object> limits(CircuitLimit limit) {
    Map<String, Object> limits = new LinkedHashMap<>();
    limit.duration().ifPresent(time -> limits.put("duration_seconds", time.toSeconds()));
    limit.bytes().ifPresent(bytes -> limits.put("data_bytes", bytes));
    return limits;
  }

  private static Map<String, Object> service(RelayNode node) {
    Map<String, Object> service = new LinkedHashMap<>();
    service.put("serving", node.service().serving());
    List<Object> places = new ArrayList<>();
    for (PlaceView each : node.service().places()) {
      Map<String, Object> place = new LinkedHashMap<>();
      place.put("peer", each.peer().toString());
      place.put("from", each.from().getHostAddress());
      place.put("expires", each.expires().toString());
      place.put("circuits", each.circuits());
      places.add(place);
    }
    service.put("reservations", places);
    List<Object> circuits = new ArrayList<>();
    for (CircuitView each : node.service().circuits()) {
      Map<String, Object> circuit = new LinkedHashMap<>();
      circuit.put("source", each.source().toString());
      circuit.put("target", each.target().toString());
      circuit.put("since", each.since().toString());
      circuit.put("limits", limits(each.limit()));
      circuit.put("forth_bytes", each.forthBytes());
      circuit.put("back_bytes", each.backBytes());
      circuits.add(circuit);
    }
    service.put("circuits", circuits);
    return service;
  }

  private static Map<String, Object> connection(Connection connection) {
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("peer", connection.remote().toString());
    one.put("address", connection.remoteAddress().toString());
    one.put("inbound", connection.inbound());
    one.put("relayed", connection.relayed());
    one.put("limited", connection.limited());
    one.put("streams", connection.streams());
    connection.principal().entry().ifPresent(entry -> one.put("entry", entry.toString()));
    return one;
  }

  private static double seconds(Duration span) {
    return span.toNanos() / 1e9;
  }

  private static List<String> texts(List<Multiaddr> addresses) {
    return addresses.stream().map(Multiaddr::toString).toList();
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
