package io.fairlead.http.upstream;

import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What upstreams show. Figures of a cluster or an endpoint come and go with it, so their labels are
 * bounded by the configuration. Counters may be used by any thread; {@link #follow} belongs to the
 * owner of the clusters.
 */
final class UpstreamMeters {
  private record Place(String upstream, String endpoint) {}

  private final Meters meters;
  private final Supplier<Collection<Cluster>> clusters;
  private final Counter ejections;
  private final Counter checksPassed;
  private final Counter checksFailed;
  private final Counter lookups;
  private final Counter lookupsFailed;
  private final Map<Place, Meter> shown = new HashMap<>();
  private final Map<Place, Object> behind = new HashMap<>();

  UpstreamMeters(Meters meters, Supplier<Collection<Cluster>> clusters) {
    this.meters = meters;
    this.clusters = clusters;
    ejections = meters.counter("upstream.ejections", "Endpoints left alone for bad answers.");
    String checks = "upstream.checks";
    String help = "Health checks by result.";
    checksPassed = meters.counter(checks, help, "result", "passed");
    checksFailed = meters.counter(checks, help, "result", "failed");
    lookups = meters.counter("upstream.lookups", "Names looked up for members.", "result", "found");
    lookupsFailed =
        meters.counter("upstream.lookups", "Names looked up for members.", "result", "failed");
  }

  void ejected() {
    ejections.increment();
  }

  void checked(boolean passed) {
    (passed ? checksPassed : checksFailed).increment();
  }

  void lookedUp(boolean found) {
    (found ? lookups : lookupsFailed).increment();
  }

  /** Shows those that are there now, and no others. */
  void follow() {
    Map<Place, Object> wanted = new HashMap<>();
    for (Cluster cluster : clusters.get()) {
      wanted.put(new Place(cluster.id(), ""), cluster);
      for (Endpoint endpoint : cluster.endpoints()) {
        wanted.put(new Place(cluster.id(), endpoint.name()), endpoint);
      }
    }
    shown
        .entrySet()
        .removeIf(
            entry -> {
              if (wanted.get(entry.getKey()) == behind.get(entry.getKey())) return false;
              meters.registry().remove(entry.getValue());
              behind.remove(entry.getKey());
              return true;
            });
    wanted.forEach(
        (place, thing) -> {
          if (shown.containsKey(place)) return;
          behind.put(place, thing);
          shown.put(place, show(place, thing));
        });
  }

  private Meter show(Place place, Object thing) {
    return switch (thing) {
      case Cluster cluster ->
          Gauge.builder("fairlead.upstream.inflight", cluster, c -> c.admission().active())
              .description("Requests an upstream works on.")
              .tag("upstream", place.upstream())
              .register(meters.registry());
      case Endpoint endpoint ->
          Gauge.builder("fairlead.upstream.endpoint.up", endpoint, UpstreamMeters::up)
              .description("Whether an endpoint gets requests.")
              .tags("upstream", place.upstream(), "endpoint", place.endpoint())
              .register(meters.registry());
      default -> throw new IllegalStateException("neither cluster nor endpoint");
    };
  }

  private static double up(Endpoint endpoint) {
    return endpoint.state().usable() ? 1 : 0;
  }
}
