package io.fairlead.app.convert;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code limit_req_zone}, {@code limit_req} and {@code rate_limit} of wmproxy. */
final class WmproxyRates {
  private final Draft draft;
  private final RateZones zones;
  private final Map<String, String> defined = new LinkedHashMap<>();

  WmproxyRates(Draft draft) {
    this.draft = draft;
    this.zones = new RateZones(draft);
  }

  /** Reads the definitions of a table. */
  void define(Keys http) {
    http.take("limit_req_zone")
        .ifPresent(
            found -> {
              if (!(found instanceof Foreign.Table(Map<String, Foreign> entries, Place _))) return;
              entries.forEach(
                  (name, value) -> value.text().ifPresent(text -> defined.put(name, text)));
            });
  }

  /** Puts the zone that holds for a location into its route's limits. */
  void limit(Keys location, Map<String, Object> route) {
    Optional<String> use = location.inherited("limit_req").filter(text -> !text.isEmpty());
    if (use.isEmpty()) return;
    String name = word(use.get(), "zone=");
    String definition = defined.getOrDefault(name, "");
    // Its variables are ours, too: {client_ip}, {host}, {path}; what is not is refused by the
    // reader.
    Optional<String> key =
        Optional.of(definition.strip().split("\\s+", -1)[0])
            .filter(text -> text.matches("[^{}]*(\\{(client_ip|host|path|method|url)}[^{}]*)+"));
    Optional<String> rate = NginxRates.rate(word(definition, "rate="));
    if (key.isEmpty() || rate.isEmpty()) {
      draft.leftOut(location.at(), "`limit_req = " + use.get() + "`: its zone has no counterpart");
      return;
    }
    String burst = word(use.get(), "burst=");
    if (burst.isEmpty()) burst = word(use.get(), "brust=");
    String id =
        zones.id(
            new RateZones.Use(
                name,
                key.get(),
                rate.get(),
                ForeignValues.bytes(word(definition, "limit=")).orElse(0L),
                NginxUpstreams.number(burst).orElse(0L),
                List.of(use.get().split("\\s+", -1)).contains("nodelay"),
                location.at(),
                "limit_req = " + use.get()));
    Draft.below(route, "limits").put("zone", List.of(id));
  }

  /** A rate of bytes, where a table has one of its own. */
  static Optional<String> bandwidth(Keys keys) {
    return keys.text("rate_limit")
        .map(text -> text.replaceFirst("/s$", ""))
        .flatMap(ForeignValues::size)
        .map(size -> size + "/s");
  }

  private static String word(String text, String name) {
    for (String word : text.strip().split("\\s+", -1)) {
      if (word.startsWith(name)) return word.substring(name.length());
    }
    return "";
  }
}
