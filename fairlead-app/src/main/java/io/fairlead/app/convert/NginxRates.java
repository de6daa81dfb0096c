package io.fairlead.app.convert;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code limit_req} as zones, and {@code limit_conn} as bounds of listeners. */
final class NginxRates {
  private final Draft draft;
  private final Map<String, Directive> requests = new HashMap<>();
  private final Map<String, Directive> connections = new HashMap<>();
  private final RateZones zones;

  NginxRates(Draft draft, List<Directive> http) {
    this.draft = draft;
    this.zones = new RateZones(draft);
    for (Directive directive : http) {
      if (directive.name().equals("limit_req_zone")) requests.put(zone(directive), directive);
      if (directive.name().equals("limit_conn_zone")) connections.put(zone(directive), directive);
    }
  }

  private static String zone(Directive definition) {
    return word(definition, "zone=").replaceFirst(":.*", "");
  }

  private static String word(Directive directive, String name) {
    return directive.args().stream()
        .filter(word -> word.startsWith(name))
        .map(word -> word.substring(name.length()))
        .findFirst()
        .orElse("");
  }

  /** Puts the zones that hold in a block into a route's limits. */
  void limit(NginxScope scope, Map<String, Object> route) {
    List<String> ids = new ArrayList<>();
    if (!scope.on("limit_req_dry_run")) {
      for (Directive use : scope.all("limit_req")) zoneOf(use).ifPresent(ids::add);
    }
    if (!ids.isEmpty()) Draft.below(route, "limits").put("zone", ids);
    for (Directive use : scope.own("limit_conn")) {
      draft.leftOut(use.at(), "`" + use + "`: known for whole servers only");
    }
  }

  /** The zone of one use: here the burst belongs to the zone. */
  private Optional<String> zoneOf(Directive use) {
    String name = word(use, "zone=");
    Directive definition = requests.get(name);
    if (definition == null) return unknown(use);
    Optional<String> key =
        NginxText.template(
            definition.arg(0),
            Map.of("binary_remote_addr", "{client_ip}", "server_name", "{host}"));
    Optional<String> rate = rate(word(definition, "rate="));
    if (key.isEmpty() || rate.isEmpty()) return unknown(use);
    if (!word(use, "delay=").isEmpty()) {
      draft.otherwise(use.at(), "`" + use + "`: all of the burst waits");
    }
    return Optional.of(
        zones.id(
            new RateZones.Use(
                name,
                key.get(),
                rate.get(),
                ForeignValues.bytes(word(definition, "zone=").replaceFirst("[^:]*:?", ""))
                    .orElse(0L),
                NginxUpstreams.number(word(use, "burst=")).orElse(0L),
                use.args().contains("nodelay"),
                use.at(),
                use.toString())));
  }

  private Optional<String> unknown(Directive use) {
    draft.leftOut(use.at(), "`" + use + "`: its zone has no counterpart");
    return Optional.empty();
  }

  static Optional<String> rate(String text) {
    return text.matches("\\d{1,9}r/[sm]") ? Optional.of(text.replace("r/", "/")) : Optional.empty();
  }

  /** Bounds of connections that all servers of a listener have. */
  void bound(List<NginxServer> servers, Map<String, Object> listener) {
    Map<String, Object> limits = new LinkedHashMap<>();
    for (Directive use : servers.getFirst().scope().all("limit_conn")) {
      Directive definition = connections.get(use.arg(0));
      String key = definition == null ? "" : definition.arg(0);
      String ours =
          switch (key) {
            case "$binary_remote_addr", "$remote_addr" -> "connections_per_ip";
            case "$server_name" -> "connections";
            default -> "";
          };
      boolean all =
          servers.stream()
              .allMatch(server -> server.scope().all("limit_conn").stream().anyMatch(use::same));
      Optional<Long> most = NginxUpstreams.number(use.arg(1)).filter(number -> number > 0);
      if (ours.isEmpty() || !all || most.isEmpty()) {
        draft.leftOut(use.at(), "`" + use + "`");
        continue;
      }
      draft.otherwise(use.at(), "`" + use + "`: counts connections, not requests");
      limits.put(ours, most.get());
    }
    if (!limits.isEmpty()) listener.put("limits", limits);
  }
}
