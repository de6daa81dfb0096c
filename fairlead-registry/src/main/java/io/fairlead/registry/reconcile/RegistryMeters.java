package io.fairlead.registry.reconcile;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.trace.Spans;
import io.fairlead.registry.model.Status;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/** What the registry counts. Labels are configuration names and words of enums, never addresses. */
public final class RegistryMeters {
  private record TargetGauges(LongSupplier entries, LongSupplier drift, LongSupplier state) {}

  private record SourceGauges(
      LongSupplier invalid, LongSupplier lastSuccess, ToLongFunction<Status> entries) {}

  private final Meters meters;
  private volatile Spans spans = Spans.OFF;
  // Whoever bears the name now. Bounded by the names the configuration ever had.
  private final Map<String, TargetGauges> targets = new ConcurrentHashMap<>();
  private final Map<String, SourceGauges> sources = new ConcurrentHashMap<>();

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

  /** Who is told of each cycle from now on. */
  public void tellsTo(Spans collector) {
    spans = collector;
  }

  /** A cycle of a source ended: it was read, and whoever follows it was told. */
  void cycled(String source, Duration read, Duration whole, Optional<String> error) {
    meters.timer("registry.read", "How long reads take.", "source", source).record(read);
    if (spans.on()) {
      Map<String, Object> facts =
          Map.of("fairlead.source", source, "fairlead.read_ns", read.toNanos());
      spans.ended("registry.cycle", whole, facts, error);
    }
  }

  Counter reloads(String kind, String result) {
    return meters.counter(
        "registry.reloads", "Processes told of a new list.", "type", kind, "result", result);
  }

  Timer propagation(String target) {
    return meters.timer(
        "registry.propagation",
        "From the block of a change to its being in force and verified.",
        "target",
        target);
  }

  /** Shows a target under its name, instead of whatever bore that name before. */
  void target(String target, LongSupplier entries, LongSupplier drift, LongSupplier state) {
    TargetGauges next = new TargetGauges(entries, drift, state);
    if (targets.put(target, next) != null) return;
    meters.gauge(
        "registry.target.entries",
        "Lines of the list in force.",
        () -> of(target, TargetGauges::entries),
        "target",
        target);
    meters.gauge(
        "registry.drift",
        "Lines that differ from the list.",
        () -> of(target, TargetGauges::drift),
        "target",
        target);
    meters.gauge(
        "registry.state",
        "0 init, 1 syncing, 2 in_sync, 3 drift, 4 hold, 5 stale, 6 applying, 7 verifying,"
            + " 8 rolled_back, 9 failed.",
        () -> of(target, TargetGauges::state),
        "target",
        target);
  }

  private long of(String target, Function<TargetGauges, LongSupplier> gauge) {
    TargetGauges now = targets.get(target);
    return now == null ? 0 : gauge.apply(now).getAsLong();
  }

  /** No target bears this name any more; its gauges show zero. */
  public void targetGone(String target) {
    targets.computeIfPresent(target, (_, _) -> new TargetGauges(() -> 0, () -> 0, () -> 0));
  }

  /** No source bears this name any more; its gauges show zero. */
  public void sourceGone(String source) {
    sources.computeIfPresent(source, (_, _) -> new SourceGauges(() -> 0, () -> 0, _ -> 0));
  }

  /** Shows a source under its name, instead of whatever bore that name before. */
  void source(
      String source,
      LongSupplier invalid,
      LongSupplier lastSuccess,
      ToLongFunction<Status> entries) {
    if (sources.put(source, new SourceGauges(invalid, lastSuccess, entries)) != null) return;
    for (Status status : Status.values()) {
      meters.gauge(
          "registry.entries",
          "Entries of the last good list.",
          () -> from(source, now -> now.entries().applyAsLong(status)),
          "source",
          source,
          "status",
          status.word());
    }
    meters.gauge(
        "registry.invalid.entries",
        "Entries and endpoints of the last good list that could not be read.",
        () -> from(source, now -> now.invalid().getAsLong()),
        "source",
        source);
    meters.gauge(
        "registry.last.success.timestamp.seconds",
        "Unix time of the last good read.",
        () -> from(source, now -> now.lastSuccess().getAsLong()),
        "source",
        source);
  }

  private long from(String source, ToLongFunction<SourceGauges> gauge) {
    SourceGauges now = sources.get(source);
    return now == null ? 0 : gauge.applyAsLong(now);
  }
}
