package io.fairlead.app.reload;

import io.fairlead.app.config.GatewayCodes;
import io.fairlead.control.api.AdaptReport;
import io.fairlead.control.api.Change;
import io.fairlead.control.api.ReloadReport;
import io.fairlead.control.api.ReloadRequest;
import io.fairlead.control.api.ReloadResult;
import io.fairlead.control.api.Who;
import io.fairlead.core.config.ConfigDiff;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.ConfigSnapshot;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Problem;
import io.fairlead.core.config.Reading;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Reloadable;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.core.watch.Watch;
import io.fairlead.core.watch.WatchValue;
import io.micrometer.core.instrument.Counter;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one door through which a configuration comes in. File, signal and control API all call {@link
 * #reload}, which blocks its caller (a virtual thread) while the data plane goes on.
 *
 * <p>Thread-safe; one change at a time.
 */
public final class ConfigController<C> {
  private static final Logger log = LoggerFactory.getLogger(ConfigController.class);

  /** What runs now. */
  public record Running<C>(ConfigSnapshot<C> snapshot, Reading<C> reading, String fingerprint) {
    /** First twelve hex digits of the text's digest. */
    public String hash() {
      return reading.document().sha256().substring(0, 12);
    }
  }

  /** Whether a second wish waits for the first or is told to come back. */
  public enum WhenBusy {
    REFUSE,
    WAIT
  }

  private final RecordType<C> type;
  private final ConfigLoader<C> loader;
  private final List<Reloadable<C>> participants;
  private final Supplier<ReloadReport.Kept> kept;
  private final EventBus events;
  private final Clock clock;
  private final Counter applied;
  private final Counter rejected;
  private final ReentrantLock changing = new ReentrantLock();
  private final WatchValue<Running<C>> running;
  private volatile boolean lastSuccessful = true;
  private volatile boolean frozen; // written with the lock held

  /**
   * @param first what the process starts with, already read
   * @param participants in the order they prepare and commit; undone in reverse
   * @param kept counts what goes on untouched, for the report
   */
  public ConfigController(
      RecordType<C> type,
      Loaded<C> first,
      ConfigLoader<C> loader,
      List<Reloadable<C>> participants,
      Supplier<ReloadReport.Kept> kept,
      EventBus events,
      Meters meters,
      Clock clock) {
    this.type = type;
    this.loader = loader;
    this.participants = List.copyOf(participants);
    this.kept = kept;
    this.events = events;
    this.clock = clock;
    this.running =
        new WatchValue<>(
            new Running<>(
                new ConfigSnapshot<>(
                    1, "start", clock.wall(), first.reading().value().orElseThrow()),
                first.reading(),
                first.fingerprint()));
    this.applied =
        meters.counter("config.reloads", "Changes of the configuration.", "result", "applied");
    this.rejected =
        meters.counter("config.reloads", "Changes of the configuration.", "result", "rejected");
    meters.gauge(
        "config.generation",
        "Number of the running configuration.",
        () -> running.current().snapshot().version());
    meters.gauge(
        "config.last.reload.successful",
        "1 when the last change was applied, 0 when it was refused.",
        () -> lastSuccessful ? 1 : 0);
    meters.gauge(
        "config.last.reload.timestamp.seconds",
        "Wall time of the last applied change.",
        () -> running.current().snapshot().loadedAt().getEpochSecond());
  }

  /**
   * Numbers the first configuration as it was in a process before this one; before {@link #open}.
   */
  public void beginAt(long generation) {
    Running<C> first = running.current();
    ConfigSnapshot<C> snapshot = first.snapshot();
    running.set(
        new Running<>(
            new ConfigSnapshot<>(
                generation, snapshot.origin(), snapshot.loadedAt(), snapshot.config()),
            first.reading(),
            first.fingerprint()));
  }

  /**
   * Keeps the configuration as it is until {@link #thaw}: whoever asks for a change is told that
   * one is under way.
   *
   * @return false when one is
   */
  public boolean freeze() {
    if (!changing.tryLock()) return false;
    try {
      frozen = true;
      return true;
    } finally {
      changing.unlock();
    }
  }

  /** Ends {@link #freeze}. */
  public void thaw() {
    frozen = false;
  }

  /** The running configuration. */
  public Watch<Running<C>> running() {
    return running;
  }

  /** Whether the last change was applied; true before any. */
  public boolean lastSuccessful() {
    return lastSuccessful;
  }

  /**
   * Makes the first configuration real: every participant prepares and commits it.
   *
   * @throws ConfigException a participant cannot; the others were undone
   */
  public void open() throws ConfigException {
    Running<C> first = running.current();
    List<Prepared> prepared;
    try {
      prepared = prepareAll(first.snapshot().config());
    } catch (ConfigException failure) {
      ConfigException placed = new ConfigException(placed(failure.problems(), first.reading()));
      placed.initCause(failure);
      throw placed;
    }
    commit(prepared);
  }

  /** Reads the source again and makes it the running configuration; may block for a while. */
  public ReloadResult reload(ReloadRequest request, WhenBusy whenBusy) {
    if (whenBusy == WhenBusy.WAIT) {
      changing.lock();
    } else if (!changing.tryLock()) {
      return new ReloadResult.Busy(generation());
    }
    try {
      if (frozen) return new ReloadResult.Busy(generation());
      ReloadResult result = change(request);
      if (!request.dryRun()) record(request.who(), result);
      return result;
    } finally {
      changing.unlock();
    }
  }

  /** Reads and compares, without preparing anything. */
  public AdaptReport compare() {
    Loaded<C> loaded;
    try {
      loaded = loader.load();
    } catch (IOException failure) {
      return refusedAdapt(List.of(GatewayCodes.unreadable(failure)));
    }
    if (loaded.reading().value().isEmpty()) return refusedAdapt(loaded.reading().problems());
    List<ConfigDiff.Change> changes = changes(loaded);
    return new AdaptReport(
        true,
        generation(),
        loaded.reading().document().sha256(),
        warnings(loaded, changes),
        changes.stream().map(ConfigController::described).toList(),
        false,
        Map.of());
  }

  private ReloadResult change(ReloadRequest request) {
    long start = clock.nanos();
    Running<C> before = running.current();
    long previous = before.snapshot().version();
    Loaded<C> loaded;
    try {
      loaded = loader.load();
    } catch (IOException failure) {
      return new ReloadResult.Invalid(previous, List.of(GatewayCodes.unreadable(failure)));
    }
    if (loaded.reading().value().isEmpty()) {
      return new ReloadResult.Invalid(previous, loaded.reading().problems());
    }
    List<ConfigDiff.Change> changes = changes(loaded);
    if (changes.isEmpty() && loaded.fingerprint().equals(before.fingerprint())) {
      return applied(request, loaded, previous, previous, changes, start);
    }
    C next = loaded.reading().value().get();
    List<Prepared> prepared;
    try {
      prepared = prepareAll(next);
    } catch (ConfigException failure) {
      return new ReloadResult.PrepareFailed(previous, placed(failure.problems(), loaded.reading()));
    }
    if (request.dryRun()) {
      discard(prepared);
      return applied(request, loaded, previous, previous, changes, start);
    }
    commit(prepared);
    running.set(
        new Running<>(
            new ConfigSnapshot<>(previous + 1, request.who().kind(), clock.wall(), next),
            loaded.reading(),
            loaded.fingerprint()));
    return applied(request, loaded, previous + 1, previous, changes, start);
  }

  private ReloadResult applied(
      ReloadRequest request,
      Loaded<C> loaded,
      long generation,
      long previous,
      List<ConfigDiff.Change> changes,
      long startNanos) {
    boolean unchanged =
        generation == previous
            && changes.isEmpty()
            && loaded.fingerprint().equals(running.current().fingerprint());
    return new ReloadResult.Applied(
        new ReloadReport(
            generation,
            previous,
            loaded.reading().document().sha256(),
            request.who(),
            unchanged,
            false,
            request.dryRun(),
            Duration.ofNanos(clock.nanos() - startNanos),
            changes.stream().map(ConfigController::described).toList(),
            kept.get(),
            ReloadReport.Draining.NOTHING,
            warnings(loaded, changes)));
  }

  private List<ConfigDiff.Change> changes(Loaded<C> loaded) {
    return ConfigDiff.between(
        running.current().reading().effective(), loaded.reading().effective(), type);
  }

  private static Change described(ConfigDiff.Change change) {
    return new Change(
        change.path(),
        switch (change.operation()) {
          case ADD -> Change.Op.ADD;
          case UPDATE -> Change.Op.UPDATE;
          case REMOVE -> Change.Op.REMOVE;
        },
        switch (change.reload()) {
          case LIVE -> "new requests";
          case LISTENER -> "new connections";
          case RESTART -> "needs a restart, not applied";
        });
  }

  private static <C> List<Problem> warnings(Loaded<C> loaded, List<ConfigDiff.Change> changes) {
    List<Problem> warnings = new ArrayList<>(loaded.reading().problems());
    for (ConfigDiff.Change change : changes) {
      if (change.reload() != ReloadClass.RESTART) continue;
      warnings.add(
          new Problem(
              Problem.Severity.WARNING,
              GatewayCodes.NEEDS_RESTART.id(),
              change.path(),
              loaded.reading().document().placeOf(change.path()),
              GatewayCodes.NEEDS_RESTART.title(),
              "restart the gateway",
              List.of()));
    }
    return warnings;
  }

  private AdaptReport refusedAdapt(List<Problem> problems) {
    return new AdaptReport(false, generation(), "", problems, List.of(), false, Map.of());
  }

  private List<Prepared> prepareAll(C next) throws ConfigException {
    List<Prepared> prepared = new ArrayList<>(participants.size());
    try {
      for (Reloadable<C> participant : participants) prepared.add(participant.prepare(next));
      return prepared;
    } catch (ConfigException | RuntimeException failure) {
      discard(prepared);
      throw failure;
    }
  }

  private static void commit(List<Prepared> prepared) {
    for (Prepared change : prepared) change.commit();
  }

  private static void discard(List<Prepared> prepared) {
    for (Prepared change : prepared.reversed()) change.discard();
  }

  /** Problems found while preparing know their path only; the text knows where that stands. */
  private static List<Problem> placed(List<Problem> problems, Reading<?> reading) {
    return problems.stream()
        .map(
            problem ->
                problem.place().line() > 0
                    ? problem
                    : new Problem(
                        problem.severity(),
                        problem.code(),
                        problem.path(),
                        reading.document().placeOf(problem.path()),
                        problem.message(),
                        problem.hint(),
                        problem.notes()))
        .toList();
  }

  private long generation() {
    return running.current().snapshot().version();
  }

  private void record(Who who, ReloadResult result) {
    switch (result) {
      case ReloadResult.Applied(ReloadReport report) -> {
        if (!report.unchanged()) recordApplied(who, report);
      }
      case ReloadResult.Invalid(long generation, List<Problem> problems) ->
          recordRefused(who, generation, problems);
      case ReloadResult.PrepareFailed(long generation, List<Problem> problems) ->
          recordRefused(who, generation, problems);
      case ReloadResult.Busy _ -> {}
    }
  }

  private void recordApplied(Who who, ReloadReport report) {
    lastSuccessful = true;
    applied.increment();
    log.atInfo()
        .addKeyValue("generation", report.generation())
        .addKeyValue("origin", who.kind())
        .addKeyValue("who", who.name())
        .addKeyValue("changes", report.changed().size())
        .addKeyValue("took_ms", report.took().toMillis())
        .log("configuration applied");
    events.publish(
        new GatewayEvent.ConfigApplied(
            clock.wall(), report.generation(), who.kind(), report.took()));
  }

  private void recordRefused(Who who, long generation, List<Problem> problems) {
    lastSuccessful = false;
    rejected.increment();
    Problem first =
        problems.stream()
            .filter(problem -> problem.severity() == Problem.Severity.ERROR)
            .findFirst()
            .orElseGet(problems::getFirst);
    log.atWarn()
        .addKeyValue("generation", generation)
        .addKeyValue("origin", who.kind())
        .addKeyValue("problems", problems.size())
        .addKeyValue(
            "first", first.code() + " line " + first.place().line() + ": " + first.message())
        .log("configuration refused, running one unchanged");
    events.publish(
        new GatewayEvent.ConfigRejected(clock.wall(), generation, who.kind(), problems.size()));
  }
}
