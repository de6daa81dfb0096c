package io.fairlead.http.rate;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The zones of the running configuration. A zone lives as long as its name is configured; {@link
 * Draft#commit} belongs to one owner, everything else may be called from any thread.
 */
public final class Zones {
  /** The section {@code zones}. */
  public record Config(Map<String, ZoneConfig> zones) {
    public static final Config NONE = new Config(Map.of());

    public Config {
      zones = Map.copyOf(zones);
    }
  }

  private final Map<String, Zone> running = new ConcurrentHashMap<>();
  private final Meters meters;
  private final Clock clock;

  public Zones(Meters meters, Clock clock) {
    this.meters = meters;
    this.clock = clock;
    meters.gauge(
        "http.zone.keys",
        "Keys that zones remember.",
        () -> running.values().stream().mapToLong(Zone::keys).sum());
  }

  /** What a configuration asks for; nothing changes before {@link Draft#commit}. */
  public Draft prepare(Config next) {
    Map<String, Zone> zones = new HashMap<>();
    next.zones()
        .forEach(
            (id, config) -> {
              Zone before = running.get(id);
              zones.put(id, before == null ? new Zone(config) : before);
            });
    return new Draft(next, zones);
  }

  /** Zones to be. */
  public final class Draft {
    private final Config config;
    private final Map<String, Zone> zones;

    Draft(Config config, Map<String, Zone> zones) {
      this.config = config;
      this.zones = zones;
    }

    public Optional<Zone> find(String id) {
      return Optional.ofNullable(zones.get(id));
    }

    public void commit() {
      long now = clock.nanos();
      config
          .zones()
          .forEach(
              (id, next) -> {
                Zone zone = zones.get(id);
                if (zone == null) return;
                if (running.containsKey(id)) zone.change(next, now);
                else zone.shown(new Zone.Shown(id, meters));
              });
      running.keySet().retainAll(zones.keySet());
      running.putAll(zones);
    }
  }
}
