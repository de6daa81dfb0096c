package io.fairlead.registry.evm;

import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;
import java.util.concurrent.atomic.AtomicLong;

/** What one source on a chain counts. Labels are configuration names. Thread-safe. */
final class EvmMeters {
  private final Meters meters;
  private final String source;
  private final AtomicLong head = new AtomicLong();
  private final AtomicLong snapshot = new AtomicLong();
  private final AtomicLong headAge = new AtomicLong();
  private final AtomicLong depth = new AtomicLong();

  EvmMeters(Meters meters, String source) {
    this.meters = meters;
    this.source = source;
    gauge("registry.head.block", "The chain's newest block that was agreed on.", head);
    gauge("registry.snapshot.block", "The block of the last list.", snapshot);
    gauge("registry.head.age.seconds", "Age of the newest block when it was read.", headAge);
    gauge("registry.reorg.depth", "Blocks that the last reorganisation took back.", depth);
  }

  private void gauge(String name, String help, AtomicLong value) {
    meters.gauge(name, help, value::get, "source", source);
  }

  void head(long block, long ageSeconds) {
    head.set(block);
    headAge.set(Math.max(0, ageSeconds));
  }

  void snapshot(long block) {
    snapshot.set(block);
  }

  void reorg(long blocks) {
    depth.set(blocks);
    meters
        .counter(
            "registry.reorgs",
            "Times a chain took back what a list was read from.",
            "source",
            source)
        .increment();
  }

  Counter disagrees(String endpoint) {
    return meters.counter(
        "registry.endpoint.disagree",
        "Reads at which an endpoint said something else than those that were believed.",
        "source",
        source,
        "endpoint",
        endpoint);
  }
}
