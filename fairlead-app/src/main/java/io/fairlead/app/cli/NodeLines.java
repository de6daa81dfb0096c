package io.fairlead.app.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What {@code relay node} says of itself: who it is, whether others reach it, and each address with
 * its reason; then what changed of that. Of one thread.
 */
final class NodeLines {
  private String peer = "";
  private String reachability = "";
  private Map<String, String> addresses = Map.of();

  /** The lines that are new with this report of {@code /v1/relay}. */
  List<String> of(Map<String, @Nullable Object> report) {
    Optional<String> id = Json.text(report, "peer_id");
    if (id.isEmpty()) return List.of(); // it is not there yet
    List<String> lines = new ArrayList<>();
    if (!id.get().equals(peer)) lines.add("peer          " + id.get());
    peer = id.get();
    String verdict = Json.text(report, "reachability").orElse("unknown");
    if (!verdict.equals(reachability)) lines.add("reachability  " + verdict);
    reachability = verdict;
    Map<String, String> now = new LinkedHashMap<>();
    for (var each : Json.children(report, "addresses")) {
      if (Boolean.FALSE.equals(each.get("announced"))) continue;
      Json.text(each, "address")
          .ifPresent(address -> now.put(address, Json.text(each, "reason").orElse("")));
    }
    now.forEach(
        (address, reason) -> {
          if (!addresses.containsKey(address)) {
            lines.add("address       " + address + "  " + reason);
          }
        });
    for (String gone : addresses.keySet()) {
      if (!now.containsKey(gone)) lines.add("no more       " + gone);
    }
    addresses = now;
    return lines;
  }
}
