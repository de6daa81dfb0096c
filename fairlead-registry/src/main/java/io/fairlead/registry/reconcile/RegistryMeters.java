package io.fairlead.registry.reconcile;

import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.util.function.LongSupplier;

/** What the registry counts. Labels are configuration names and words of enums, never addresses. */
public final class RegistryMeters {
  private final Meters meters;

  public RegistryMeters(Meters meters) {
    this.meters = meters;
  }

  Counter changes(String target, String op, String reason) {
    return meters.counter(
        "registry.changes",
        "Lines that came, changed or went.",
        "target",
        target,
        "op",
        op,
        "reason",
        reason);
  }

  Counter holds(String rail) {
    return meters.counter("registry.holds", "Plans a rail began to hold.", "rail", rail);
  }

  Counter reads(String source, String result) {
    return meters.counter(
        "registry.reads", "Reads of a source by outcome.", "source", source, "result", result);
  }

  Timer readTime(String source) {
    return meters.timer("registry.read", "How long reads take.", "source", source);
  }

  Counter reloads(String kind, String result) {
    return meters.counter(
        "registry.reloads", "Processes told of a new list.", "type", kind, "result", result);
  }

  Timer propagation(String target) {
    return meters.timer(
        "registry.propagation", "From a list's reading to its being in force.", "target", target);
  }

  void target(String target, LongSupplier entries, LongSupplier drift, LongSupplier state) {
    meters.gauge(
        "registry.target.entries", "Lines of the list in force.", entries, "target", target);
    meters.gauge("registry.drift", "Lines that differ from the list.", drift, "target", target);
    meters.gauge(
        "registry.state",
        "0 init, 1 syncing, 2 in_sync, 3 drift, 4 hold, 5 stale, 6 applying, 7 verifying,"
            + " 8 rolled_back, 9 failed.",
        state,
        "target",
        target);
  }

  void entries(String source, String status, LongSupplier count) {
    meters.gauge(
        "registry.entries",
        "Entries of the last good list.",
        count,
        "source",
        source,
        "status",
        status);
  }

  void source(String source, LongSupplier invalid, LongSupplier lastSuccess) {
    meters.gauge(
        "registry.invalid.entries",
        "Entries and endpoints of the last good list that could not be read.",
        invalid,
        "source",
        source);
    meters.gauge(
        "registry.last.success.timestamp.seconds",
        "Unix time of the last good read.",
        lastSuccess,
        "source",
        source);
  }
}
