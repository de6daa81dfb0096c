package io.fairlead.app.reload;

import io.fairlead.core.config.ConfigDiff;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.ConfigSnapshot;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Problem;
import io.fairlead.core.config.Problem.Place;
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
import java.util.concurrent.locks.ReentrantLock;
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
  private final EventBus events;
  private final Clock clock;
  private final Counter applied;
  private final Counter rejected;
  private final ReentrantLock changing = new ReentrantLock();
  private final WatchValue<Running<C>> running;
  private volatile boolean lastSuccessful = true;

  /**
   * @param first what the process starts with, already read
   * @param participants in the order they prepare and commit; undone in reverse
   */
  public ConfigController(
      RecordType<C> type,
      Loaded<C> first,
      ConfigLoader<C> loader,
      List<Reloadable<C>> participants,
      EventBus events,
      Meters meters,
      Clock clock) {
    this.type = type;
    this.loader = loader;
    this.participants = List.copyOf(participants);
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

  /** The running configuration. */
  public Watch<Running<C>> running() {
    return running;
  }

  /**
   * Makes the first configuration real: every participant prepares and commits it.
   *
   * @throws ConfigException a participant cannot; the others were undone
   */
  public void open() throws ConfigException {
    Running<C> first = running.current();
    commit(prepareAll(first.snapshot().config()));
  }

  /**
   * Reads the source again and makes it the running configuration.
   *
   * @param origin who asks, e.g. {@code "signal"}
   * @param dryRun stops after preparing and undoes it
   */
  public ReloadOutcome reload(String origin, boolean dryRun, WhenBusy whenBusy) {
    if (whenBusy == WhenBusy.WAIT) {
      changing.lock();
    } else if (!changing.tryLock()) {
      return new ReloadOutcome.Busy(generation());
    }
    try {
      ReloadOutcome outcome = change(origin, dryRun);
      report(origin, dryRun, outcome);
      return outcome;
    } finally {
      changing.unlock();
    }
  }

  /** Reads and compares, without preparing anything. */
  public ReloadOutcome compare() {
    long start = clock.nanos();
    Running<C> before = running.current();
    try {
      Loaded<C> loaded = loader.load();
      if (loaded.reading().value().isEmpty()) {
        return new ReloadOutcome.Invalid(generation(), loaded.reading().problems());
      }
      return outcome(before, loaded, before.snapshot().version(), start, true);
    } catch (IOException failure) {
      return unreadable(failure);
    }
  }

  private ReloadOutcome change(String origin, boolean dryRun) {
    long start = clock.nanos();
    Running<C> before = running.current();
    Loaded<C> loaded;
    try {
      loaded = loader.load();
    } catch (IOException failure) {
      return unreadable(failure);
    }
    if (loaded.reading().value().isEmpty()) {
      return new ReloadOutcome.Invalid(generation(), loaded.reading().problems());
    }
    long previous = before.snapshot().version();
    if (loaded.fingerprint().equals(before.fingerprint())) {
      return outcome(before, loaded, previous, start, dryRun);
    }
    C next = loaded.reading().value().get();
    List<Prepared> prepared;
    try {
      prepared = prepareAll(next);
    } catch (ConfigException failure) {
      return new ReloadOutcome.PrepareFailed(
          generation(), placed(failure.problems(), loaded.reading()));
    }
    if (dryRun) {
      discard(prepared);
      return outcome(before, loaded, previous, start, true);
    }
    commit(prepared);
    running.set(
        new Running<>(
            new ConfigSnapshot<>(previous + 1, origin, clock.wall(), next),
            loaded.reading(),
            loaded.fingerprint()));
    return outcome(before, loaded, previous + 1, start, false);
  }

  private ReloadOutcome outcome(
      Running<C> before, Loaded<C> loaded, long generation, long startNanos, boolean dryRun) {
    List<ConfigDiff.Change> changes =
        ConfigDiff.between(before.reading().effective(), loaded.reading().effective(), type);
    List<Problem> warnings = new ArrayList<>(loaded.reading().problems());
    for (ConfigDiff.Change change : changes) {
      if (change.reloadClass() == ReloadClass.RESTART) {
        warnings.add(
            new Problem(
                Problem.Severity.WARNING,
                "W3401",
                change.path(),
                loaded.reading().document().placeOf(change.path()),
                "this key takes effect when the process starts again",
                "restart the gateway",
                List.of()));
      }
    }
    return new ReloadOutcome.Applied(
        generation,
        before.snapshot().version(),
        loaded.reading().document().sha256(),
        changes,
        warnings,
        Duration.ofNanos(clock.nanos() - startNanos),
        dryRun);
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

  private ReloadOutcome unreadable(IOException failure) {
    return new ReloadOutcome.Invalid(
        generation(),
        List.of(
            Problem.error(
                "F1001",
                "/",
                Place.NOWHERE,
                "configuration cannot be read: " + failure.getMessage(),
                "check the path and its permissions")));
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

  private void report(String origin, boolean dryRun, ReloadOutcome outcome) {
    switch (outcome) {
      case ReloadOutcome.Applied done -> {
        if (dryRun || done.unchanged()) return;
        lastSuccessful = true;
        applied.increment();
        log.atInfo()
            .addKeyValue("generation", done.generation())
            .addKeyValue("origin", origin)
            .addKeyValue("changes", done.changes().size())
            .addKeyValue("took_ms", done.took().toMillis())
            .log("configuration applied");
        events.publish(
            new GatewayEvent.ConfigApplied(clock.wall(), done.generation(), origin, done.took()));
      }
      case ReloadOutcome.Invalid refused ->
          refused(origin, dryRun, refused.generation(), refused.problems());
      case ReloadOutcome.PrepareFailed refused ->
          refused(origin, dryRun, refused.generation(), refused.problems());
      case ReloadOutcome.Busy _ -> {}
    }
  }

  private void refused(String origin, boolean dryRun, long generation, List<Problem> problems) {
    if (dryRun) return;
    lastSuccessful = false;
    rejected.increment();
    Problem first = problems.getFirst();
    log.atWarn()
        .addKeyValue("generation", generation)
        .addKeyValue("origin", origin)
        .addKeyValue("problems", problems.size())
        .addKeyValue(
            "first", first.code() + " line " + first.place().line() + ": " + first.message())
        .log("configuration refused, running one unchanged");
    events.publish(
        new GatewayEvent.ConfigRejected(clock.wall(), generation, origin, problems.size()));
  }
}
