package io.fairlead.pubsub.service;

import io.fairlead.pubsub.Endpoint;
import io.micrometer.core.instrument.Gauge;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is told of each endpoint of a chain: whether it is the one connected to, and its newest
 * block once that is known. Written by the service's event loop.
 */
final class EndpointMeters {
  private static final class Told {
    final Gauge connected;
    @Nullable Gauge head;
    volatile long headNumber;

    Told(Gauge connected) {
      this.connected = connected;
    }
  }

  private final ServiceMeters meters;
  private final Map<String, Told> all = new LinkedHashMap<>();
  private volatile String inUse = "";

  EndpointMeters(ServiceMeters meters, List<Endpoint> endpoints) {
    this.meters = meters;
    replace(endpoints);
  }

  /** Others from now on. */
  void replace(List<Endpoint> endpoints) {
    List<String> names =
        endpoints.stream()
            .filter(each -> each.role() == Endpoint.Role.ALL)
            .map(Endpoint::alias)
            .toList();
    for (String name : List.copyOf(all.keySet())) {
      Told gone = names.contains(name) ? null : all.remove(name);
      if (gone == null) continue;
      meters.remove(gone.connected);
      if (gone.head != null) meters.remove(gone.head);
    }
    for (String name : names) {
      all.computeIfAbsent(
          name,
          _ ->
              new Told(
                  meters.gauge(
                      "connected",
                      "Whether the connection is to this endpoint.",
                      () -> inUse.equals(name) ? 1 : 0,
                      "endpoint",
                      name)));
    }
  }

  /** This one serves; nothing does when the name is empty. */
  void serves(String alias) {
    inUse = alias;
  }

  /** The newest block of an endpoint, of the one in use or of another that was looked at. */
  void head(String alias, long number) {
    Told told = all.get(alias);
    if (told == null) return;
    told.headNumber = number;
    if (told.head == null)
      told.head =
          meters.gauge(
              "head.number",
              "Height of the newest block that an endpoint told.",
              () -> told.headNumber,
              "endpoint",
              alias);
  }
}
