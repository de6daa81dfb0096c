package io.fairlead.mqtt.rocksdb;

import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/** Meters of the store. Thread-safe. */
final class StoreMeters {
  private final Timer wait;
  private final Timer force;
  private final Counter groups;
  private final Counter changes;

  private final Counter held;

  StoreMeters(
      Meters meters,
      LongSupplier queuedBytes,
      LongSupplier owners,
      BooleanSupplier stalled,
      ToLongFunction<StoreMemory.Part> memory) {
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
    for (StoreMemory.Part part : StoreMemory.Part.values()) {
      meters.gauge(
          "mqtt.store.memory.bytes",
          "Memory of the store beside the Java heap, by what takes it.",
          () -> memory.applyAsLong(part),
          "part",
          part.name().toLowerCase(Locale.ROOT));
    }
    held =
        meters.counter(
            "limit.rejections", "Work refused by a limit.", "limit", "mqtt_store_memory");
  }

  /** A write waits for memory. */
  void held() {
    held.increment();
  }

  void written(int count, boolean forced, long nanos, long longestWaitNanos) {
    groups.increment();
    changes.increment(count);
    if (forced) force.record(nanos, TimeUnit.NANOSECONDS);
    if (longestWaitNanos > 0) wait.record(longestWaitNanos, TimeUnit.NANOSECONDS);
  }
}
