package io.fairlead.core.meter;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Declares meters by their exported base name without the {@code fairlead_} prefix and {@code
 * _total} or {@code _seconds} suffix, in dotted form: {@code "proxy.rejected"} is exported as
 * {@code fairlead_proxy_rejected_total}. Every meter has a help sentence; label values come from an
 * enum or from configuration names. Thread-safe.
 */
public final class Meters {
  private static final String PREFIX = "fairlead.";

  private final MeterRegistry registry;

  public Meters(MeterRegistry registry) {
    this.registry = registry;
  }

  public MeterRegistry registry() {
    return registry;
  }

  /**
   * @param tags key, value, key, value…
   */
  public Counter counter(String name, String help, String... tags) {
    return Counter.builder(PREFIX + name).description(help).tags(tags).register(registry);
  }

  /** A counter kept elsewhere and read at scrape time; the source only grows. */
  public void counter(String name, String help, LongSupplier source, String... tags) {
    // The library holds the object weakly and the function strongly: as the object, a source that
    // only this counter knows would be collected, and the counter would stand still.
    FunctionCounter.builder(PREFIX + name, registry, _ -> source.getAsLong())
        .description(help)
        .tags(tags)
        .register(registry);
  }

  /**
   * A value read at scrape time. One of the same name and tags takes the place of the former.
   *
   * @return for {@link #remove}
   */
  public Gauge gauge(String name, String help, LongSupplier source, String... tags) {
    Gauge before = registry.find(PREFIX + name).tags(tags).gauge();
    // Tags may be but some of another's.
    if (before != null && before.getId().getTags().size() * 2 == tags.length) {
      registry.remove(before);
    }
    return Gauge.builder(PREFIX + name, source, LongSupplier::getAsLong)
        .description(help)
        .tags(tags)
        .strongReference(true)
        .register(registry);
  }

  /** Forgets a gauge, unless another has taken its place. */
  public void remove(Gauge gauge) {
    for (Gauge each : registry.find(gauge.getId().getName()).tags(gauge.getId().getTags()).gauges())
      if (each == gauge) registry.remove(gauge);
  }

  /** Durations, with buckets from 0.5 ms to 60 s. */
  public Timer timer(String name, String help, String... tags) {
    return Timer.builder(PREFIX + name)
        .description(help)
        .tags(tags)
        .serviceLevelObjectives(BUCKETS)
        .register(registry);
  }

  private static final Duration[] BUCKETS = {
    Duration.ofNanos(500_000),
    Duration.ofMillis(1),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofSeconds(5),
    Duration.ofSeconds(10),
    Duration.ofSeconds(60)
  };
}
