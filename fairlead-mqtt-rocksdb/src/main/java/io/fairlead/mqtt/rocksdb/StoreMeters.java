package io.fairlead.mqtt.rocksdb;

import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** Meters of the store. Thread-safe. */
final class StoreMeters {
  private final Timer wait;
  private final Timer force;
  private final Counter groups;
  private final Counter changes;

  StoreMeters(
      Meters meters, LongSupplier queuedBytes, LongSupplier owners, BooleanSupplier stalled) {
    wait =
        meters.timer(
            "mqtt.commit.wait", "From a commit to its completion, the longest of each group.");
    force = meters.timer("mqtt.fsync", "Writing one group and forcing it to disk.");
    groups = meters.counter("mqtt.store.groups", "Groups of commits written to the store.");
    changes = meters.counter("mqtt.store.changes", "Changes written to the store.");
    meters.gauge("mqtt.store.queue.bytes", "Bytes that wait to be written.", queuedBytes);
    meters.gauge("mqtt.store.owners", "Sessions and shared groups in the store.", owners);
    meters.gauge(
        "mqtt.store.stalled",
        "1 while the store's background work does not keep up.",
        () -> stalled.getAsBoolean() ? 1 : 0);
  }

  void written(int count, boolean forced, long nanos, long longestWaitNanos) {
    groups.increment();
    changes.increment(count);
    if (forced) force.record(nanos, TimeUnit.NANOSECONDS);
    if (longestWaitNanos > 0) wait.record(longestWaitNanos, TimeUnit.NANOSECONDS);
  }
}
