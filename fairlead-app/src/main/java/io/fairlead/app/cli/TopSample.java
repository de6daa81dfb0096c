package io.fairlead.app.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a running gateway said about itself at one moment.
 *
 * @param atNanos when it was asked
 */
record TopSample(
    long atNanos,
    Map<String, @Nullable Object> status,
    List<Map<String, @Nullable Object>> listeners,
    List<Map<String, @Nullable Object>> upstreams,
    List<Map<String, @Nullable Object>> connections) {
  TopSample {
    listeners = List.copyOf(listeners);
    upstreams = List.copyOf(upstreams);
    connections = List.copyOf(connections);
  }

  /** Endpoints of all upstreams, each with the id of its own. */
  List<Map<String, @Nullable Object>> endpoints() {
    List<Map<String, @Nullable Object>> all = new ArrayList<>();
    for (Map<String, @Nullable Object> upstream : upstreams) {
      for (Map<String, @Nullable Object> endpoint : Json.children(upstream, "endpoints")) {
        Map<String, @Nullable Object> one = new LinkedHashMap<>();
        one.put("upstream", upstream.get("id"));
        one.putAll(endpoint);
        all.add(one);
      }
    }
    return all;
  }

  /** Everything that only grows, by a name of its own: what rates are made of. */
  Map<String, Double> counters() {
    Map<String, Double> counters = new HashMap<>();
    for (Map<String, @Nullable Object> listener : listeners) {
      count(counters, "listener " + listener.get("id"), listener.get("accepted_total"));
    }
    for (Map<String, @Nullable Object> endpoint : endpoints()) {
      count(
          counters,
          "endpoint " + endpoint.get("upstream") + " " + endpoint.get("name"),
          endpoint.get("requests"));
    }
    for (Map<String, @Nullable Object> connection : connections) {
      count(counters, "in " + connection.get("id"), connection.get("received_bytes"));
      count(counters, "out " + connection.get("id"), connection.get("sent_bytes"));
    }
    return counters;
  }

  private static void count(Map<String, Double> into, String name, @Nullable Object value) {
    if (value instanceof Number number) into.put(name, number.doubleValue());
  }
}
