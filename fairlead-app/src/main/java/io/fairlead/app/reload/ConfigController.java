package io.fairlead.app.reload;

import io.fairlead.app.config.GatewayCodes;
import io.fairlead.app.config.ReloadSettings;
import io.fairlead.control.api.AdaptReport;
import io.fairlead.control.api.ReloadRequest;
import io.fairlead.control.api.ReloadResult;
import io.fairlead.control.api.Who;
import io.fairlead.control.api.Wish;
import io.fairlead.core.config.ConfigDiff;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.ConfigSnapshot;
import io.fairlead.core.config.Problem;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.core.watch.Watch;
import io.fairlead.core.watch.WatchValue;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * The one door through which a configuration comes in. File, signal, control API and registry all
 * end up here; the caller (never an event loop) is blocked while the data plane goes on.
 *
 * <p>Thread-safe; one change at a time. The steps of a change: admit, load and validate, compare,
 * prepare everywhere, write down, commit everywhere, retire what was replaced, and perhaps wait for
 * a confirmation.
 */
public final class ConfigController<C> implements AutoCloseable {
  /** Whether a second wish waits for the first or is told to come back. */
  public enum WhenBusy {
    REFUSE,
    WAIT
  }

  private final ConfigLoader<C> loader;
  private final Participants<C> participants;
  private final LiveWork<C> live;
  private final ConfigState state;
  private final ChangeNotes notes;
  private final Clock clock;
  private final Function<C, ReloadSettings> settings;
  private final Probation probation;
  private final RegistryLayer registry;
  private final ReentrantLock changing = new ReentrantLock();
  private final WatchValue<Running<C>> running;
  private volatile boolean lastSuccessful = true;
  private volatile Optional<String> degraded;
  private volatile Optional<Instant> confirmBy = Optional.empty();
  private boolean frozen; // guarded by changing
  private Optional<ReloadRequest> putOff = Optional.empty(); // guarded by changing

  /**
   * @param first what the process starts with, already read
   * @param settings how changes are made, of a configuration
   */
  public ConfigController(
      ConfigLoader<C> loader,
      First<C> first,
      Participants<C> participants,
      LiveWork<C> live,
      ConfigState state,
      ChangeNotes notes,
      Function<C, ReloadSettings> settings,
      Clock clock) { // eight: the ports of the engine, each a different thing
    this.loader = loader;
    this.participants = participants;
    this.live = live;
    this.state = state;
    this.notes = notes;
    this.settings = settings;
    this.clock = clock;
    this.degraded = first.degraded();
    this.probation = new Probation(this::undo, live::answers);
    this.registry = new RegistryLayer(this::applyRegistry, clock);
    this.running =
        new WatchValue<>(
            new Running<>(
                new ConfigSnapshot<>(
                    first.generation(state.history()),
                    "start",
                    clock.wall(),
                    first.loaded().reading().value().orElseThrow()),
                first.loaded().reading(),
                first.loaded().fingerprint(),
                first.inputs()));
  }

  /** Declares what the engine counts. */
  public void declare(Meters meters) {
    meters.gauge(
        "config.generation", "Number of the running configuration.", () -> current().generation());
    meters.gauge(
        "config.last.reload.successful",
        "1 when the last change was applied, 0 when it was refused.",
        () -> lastSuccessful ? 1 : 0);
    meters.gauge(
        "config.last.reload.timestamp.seconds",
        "Wall time of the last applied change.",
        () -> current().snapshot().loadedAt().getEpochSecond());
    meters.gauge(
        "config.confirm.pending",
        "1 while a change waits for confirmation.",
        () -> confirmBy.isPresent() ? 1 : 0);
  }

  /**
   * Keeps the configuration as it is until {@link #thaw}: whoever asks for a change is told that
   * one is under way, and the last of those who would wait comes then.
   *
   * @return false when a change is under way, or may yet be undone by itself
   */
  public boolean freeze() {
    if (!changing.tryLock()) return false;
    try {
      if (frozen || probation.pending()) return false;
      frozen = true;
      return true;
    } finally {
      changing.unlock();
    }
  }

  /** Ends {@link #freeze}, and makes the change that was put off; may block as long. */
  public void thaw() {
    Optional<ReloadRequest> waiting;
    changing.lock();
    try {
      frozen = false;
      waiting = putOff;
      putOff = Optional.empty();
    } finally {
      changing.unlock();
    }
    waiting.ifPresent(request -> reload(request, WhenBusy.WAIT));
  }

  /** The running configuration. */
  public Watch<Running<C>> running() {
    return running;
  }

  /** What is not as it should be, one line each; empty when all is well. */
  public List<String> degraded() {
    List<String> lines = new ArrayList<>();
    degraded.ifPresent(lines::add);
    if (!lastSuccessful) lines.add("the last change of the configuration was refused");
    return lines;
  }

  /** Until when a change waits for confirmation. */
  public Optional<Instant> confirmBy() {
    return confirmBy;
  }

  /** The layer that in-process targets of the registry write. */
  public RegistryLayer registry() {
    return registry;
  }

  public History history() {
    return state.history();
  }

  /**
   * Makes the first configuration real: every participant prepares and commits it.
   *
   * @param record write it into the history; a failure to do so is only told
   * @throws ConfigException a participant cannot; the others were undone
   */
  public void open(boolean record) throws ConfigException {
    Running<C> first = current();
    long start = clock.nanos();
    try {
      participants.prepare(first.snapshot().config()).commit();
    } catch (ConfigException failure) {
      ConfigException placed =
          new ConfigException(Warnings.placed(failure.problems(), first.reading()));
      placed.initCause(failure);
      throw placed;
    }
    if (record) recordFirst(elapsed(start));
  }

  /** Writes the first configuration down that {@link #open} did not; once nobody else may. */
  public void recordFirst() {
    recordFirst(Duration.ZERO);
  }

  private void recordFirst(Duration took) {
    Running<C> first = current();
    if (state.history().find(first.generation()).isPresent()) return;
    Who who = new Who("start", "");
    HistoryRecord.Result result = HistoryRecord.Result.APPLIED;
    try {
      state.record(HistoryRecord.of(first, 0, who, "", result, took, List.of()));
    } catch (IOException failure) {
      notes.unrecorded(failure);
    }
  }

  /** Carries a wish out; may block for a while. */
  public ReloadResult reload(ReloadRequest request, WhenBusy whenBusy) {
    if (whenBusy == WhenBusy.WAIT) {
      changing.lock();
    } else if (!changing.tryLock()) {
      ReloadResult busy = new ReloadResult.Busy(current().generation());
      notes.result(request, busy);
      return busy;
    }
    try {
      if (frozen) {
        if (whenBusy == WhenBusy.WAIT && !request.dryRun()) putOff = Optional.of(request);
        ReloadResult busy = new ReloadResult.Busy(current().generation());
        notes.result(request, busy);
        return busy;
      }
      notes.begun(request);
      ReloadResult result = attempt(request);
      if (request.dryRun()) {
        notes.rehearsed(request, result);
      } else {
        noteOutcome(result);
        notes.result(request, result);
      }
      return result;
    } finally {
      notes.ended(request);
      changing.unlock();
    }
  }

  /** Reads and compares, without preparing anything. */
  public AdaptReport compare(Base base) {
    Running<C> now = current();
    Loaded<C> loaded;
    try {
      loaded = loader.load(base, now.inputs().layers());
    } catch (IOException failure) {
      return refusedAdapt(List.of(GatewayCodes.unreadable(failure)));
    }
    if (loaded.reading().value().isEmpty()) return refusedAdapt(loaded.reading().problems());
    List<ConfigDiff.Change> changes = changes(loaded);
    List<String> rebinds = live.rebinds(loaded.reading().value().get());
    return new AdaptReport(
        true,
        now.generation(),
        loaded.reading().document().sha256(),
        Warnings.of(loaded.reading(), changes),
        Described.changes(changes, rebinds),
        !rebinds.isEmpty(),
        live.affected(changes));
  }

  /**
   * Keeps the change that waits for it.
   *
   * @return its generation; empty when none waits
   */
  public Optional<Long> confirm(Who who) {
    changing.lock();
    try {
      Optional<Probation.Pending> pending = probation.unconfirmed();
      if (pending.isEmpty()) return Optional.empty();
      settle(HistoryRecord.Result.CONFIRMED);
      long generation = pending.get().generation();
      keepRunning();
      notes.confirmed(generation, who);
      return Optional.of(generation);
    } finally {
      changing.unlock();
    }
  }

  @Override
  public void close() {
    probation.close();
    registry.close();
  }

  private Running<C> current() {
    return running.current();
  }

  private ReloadResult attempt(ReloadRequest request) {
    Running<C> now = current();
    if (request.ifMatch().isPresent() && !request.ifMatch().get().equals(now.tag())) {
      return new ReloadResult.Stale(now.generation(), now.tag());
    }
    ConfigInputs inputs = now.inputs();
    return switch (request.wish()) {
      case Wish.Again _ -> change(inputs.withBase(new Base.Own()), new Base.Own(), request);
      case Wish.Text(String text, _) -> {
        Base given = new Base.Given(text);
        yield change(inputs.withBase(given), given, request);
      }
      case Wish.Edit(var edit, boolean ephemeral) -> {
        if (inputs.api().size() >= ConfigInputs.EDITS_MAX) {
          yield new ReloadResult.Invalid(now.generation(), List.of(Warnings.tooManyEdits(edit)));
        }
        String who = request.who().name();
        ConfigInputs next = inputs.edited(new LayerEdit(edit, who, ephemeral));
        yield change(next, now.frozen(""), request);
      }
      case Wish.Revert(String path) -> change(inputs.reverted(path), now.frozen(""), request);
      case Wish.BackTo(var wanted) -> {
        Optional<HistoryRecord> target = target(now, wanted.orElse(0));
        if (target.isEmpty()) {
          String which = wanted.isPresent() ? "generation " + wanted.getAsLong() : "one before";
          yield new ReloadResult.NoSuchGeneration(
              now.generation(), "the history holds no " + which);
        }
        String why = "rollback to " + target.get().generation();
        ConfigInputs next = target.get().inputs(why, inputs.registry());
        yield change(next, next.base(), request);
      }
    };
  }

  /**
   * @param wanted 0 for the one before the running one
   */
  private Optional<HistoryRecord> target(Running<C> now, long wanted) {
    if (wanted != 0) return state.history().find(wanted);
    return state
        .history()
        .find(now.generation())
        .flatMap(record -> state.history().find(record.parent()));
  }

  private ReloadResult change(ConfigInputs wanted, Base from, ReloadRequest request) {
    long start = clock.nanos();
    Running<C> before = current();
    Loaded<C> loaded;
    try {
      loaded = loader.load(from, wanted.layers());
    } catch (IOException failure) {
      return invalid(List.of(GatewayCodes.unreadable(failure)));
    }
    if (loaded.reading().value().isEmpty()) return invalid(loaded.reading().problems());
    C next = loaded.reading().value().get();
    List<ConfigDiff.Change> changes = changes(loaded);
    List<String> rebinds = live.rebinds(next);
    if (!rebinds.isEmpty() && !request.allowDisruptive() && !request.dryRun()) {
      return invalid(Warnings.disruptive(rebinds, loaded.reading()));
    }
    boolean toFile = request.wish() instanceof Wish.Text(_, boolean file) && file;
    ConfigInputs inputs = wanted.withBase(settled(wanted.base(), toFile, loaded));
    boolean unchanged = changes.isEmpty() && loaded.fingerprint().equals(before.fingerprint());
    long generation = before.generation() + (unchanged || request.dryRun() ? 0 : 1);
    Optional<Instant> deadline =
        unchanged || request.dryRun()
            ? Optional.empty()
            : request.confirmWithin().map(within -> clock.wall().plus(within));
    Participants.Change prepared;
    try {
      prepared =
          unchanged
              ? Participants.Change.NOTHING
              : request.dryRun() ? participants.rehearse(next) : participants.prepare(next);
    } catch (ConfigException failure) {
      return new ReloadResult.PrepareFailed(
          before.generation(), Warnings.placed(failure.problems(), loaded.reading()));
    }
    Made<C> made =
        new Made<>(request, loaded, changes, rebinds, generation, before, deadline, start);
    if (request.dryRun()) {
      prepared.discard();
      return new ReloadResult.Applied(made.report(live, elapsed(start), unchanged));
    }
    ConfigState.Staged staged;
    Running<C> after =
        new Running<>(
            unchanged
                ? before.snapshot()
                : new ConfigSnapshot<>(generation, request.who().kind(), clock.wall(), next),
            loaded.reading(),
            loaded.fingerprint(),
            inputs);
    try {
      staged = stage(made, after, toFile);
    } catch (IOException failure) {
      prepared.discard();
      return new ReloadResult.PrepareFailed(
          before.generation(), List.of(Warnings.stateUnwritable(failure)));
    }
    prepared.commit();
    running.set(after);
    staged.publish();
    if (!unchanged) onProbation(made);
    return new ReloadResult.Applied(made.report(live, elapsed(start), unchanged));
  }

  /** Writes down what the change will be; while it is on probation, the next start undoes it. */
  private ConfigState.Staged stage(Made<C> made, Running<C> after, boolean toFile)
      throws IOException {
    Optional<HistoryRecord> record = Optional.empty();
    if (made.numbered()) {
      record =
          Optional.of(
              HistoryRecord.of(
                  after,
                  made.before().generation(),
                  made.request().who(),
                  made.request().comment(),
                  made.confirmBy().isPresent()
                      ? HistoryRecord.Result.UNCONFIRMED
                      : HistoryRecord.Result.APPLIED,
                  elapsed(made.startNanos()),
                  made.changes()));
    }
    Optional<ConfigState.FileText> file = Optional.empty();
    String filesHash = after.reading().document().filesSha256();
    if (toFile && made.request().wish() instanceof Wish.Text(String text, _)) {
      Path path = loader.file().orElseThrow(() -> new IOException("there is no file to write"));
      file = Optional.of(new ConfigState.FileText(path, text));
    } else if (!(after.inputs().base() instanceof Base.Own)) {
      filesHash = ownFilesHash();
    }
    ConfigInputs kept = after.inputs();
    if (made.confirmBy().isPresent()) kept = probationTarget(made.before());
    else if (automatic(made.request()) && probation.unconfirmed().isPresent()) {
      kept = probation.unconfirmed().get().target();
    }
    return state.stage(new ConfigState.Next(record, kept, filesHash), file);
  }

  /** What an unconfirmed change goes back to: what ran before the first of them. */
  private ConfigInputs probationTarget(Running<C> before) {
    return probation
        .unconfirmed()
        .map(Probation.Pending::target)
        .orElseGet(() -> before.inputs().withBase(goingBackTo(before)));
  }

  private Base goingBackTo(Running<C> before) {
    return before.inputs().base() instanceof Base.Kept kept
        ? kept
        : before.frozen("rollback to " + before.generation());
  }

  private void onProbation(Made<C> made) {
    ReloadRequest request = made.request();
    boolean undoing =
        request.who().kind().equals("rollback") || request.wish() instanceof Wish.BackTo;
    if (request.confirmWithin().isPresent() && made.confirmBy().isPresent()) {
      probation.confirmWithin(
          request.confirmWithin().get(), made.generation(), probationTarget(made.before()));
      confirmBy = made.confirmBy();
    } else if (probation.unconfirmed().isPresent() && !automatic(request)) {
      // Whoever changes it once more, and asks for no way back, has seen that it works.
      settle(undoing ? HistoryRecord.Result.ROLLED_BACK : HistoryRecord.Result.CONFIRMED);
    }
    Optional<ReloadSettings.Guard> guard = settings.apply(currentConfig()).guard();
    if (undoing || guard.isEmpty()) {
      probation.unguard();
    } else {
      ConfigInputs target = made.before().inputs().withBase(goingBackTo(made.before()));
      probation.guard(guard.get(), made.generation(), target);
    }
  }

  private C currentConfig() {
    return current().snapshot().config();
  }

  /** Changes nobody is watching: they neither confirm nor replace what waits. */
  private static boolean automatic(ReloadRequest request) {
    return request.who().kind().equals("file") || request.who().kind().equals("registry");
  }

  private void settle(HistoryRecord.Result result) {
    probation.unconfirmed().ifPresent(pending -> state.conclude(pending.generation(), result));
    probation.settle();
    confirmBy = Optional.empty();
  }

  /** The next start begins with what runs. */
  private void keepRunning() {
    Running<C> now = current();
    boolean own = now.inputs().base() instanceof Base.Own;
    String filesHash = own ? now.reading().document().filesSha256() : ownFilesHash();
    try {
      state
          .stage(new ConfigState.Next(Optional.empty(), now.inputs(), filesHash), Optional.empty())
          .publish();
    } catch (IOException failure) {
      notes.unrecorded(failure);
    }
  }

  /** Undoes a change, unless that was settled meanwhile. On the probation's thread. */
  private void undo(Probation.Reason reason, Probation.Pending pending) {
    changing.lock();
    try {
      if (!probation.stands(reason, pending)) return;
      long undone = current().generation();
      ConfigInputs target = pending.target().withRegistry(current().inputs().registry());
      ReloadRequest request = ReloadRequest.again(new Who("rollback", reason.word()));
      if (reason == Probation.Reason.GUARD) {
        state.conclude(pending.generation(), HistoryRecord.Result.ROLLED_BACK);
      }
      ReloadResult result = change(target, target.base(), request);
      noteOutcome(result);
      notes.result(request, result);
      boolean back = result instanceof ReloadResult.Applied;
      if (back) notes.rolledBack(result.generation(), undone, reason);
      else notes.rollbackFailed(undone, reason);
      if (reason == Probation.Reason.UNCONFIRMED) {
        settle(back ? HistoryRecord.Result.ROLLED_BACK : HistoryRecord.Result.UNCONFIRMED);
      }
      probation.unguard();
      if (!back) {
        degraded = Optional.of("generation " + undone + " could not be rolled back");
      }
    } finally {
      changing.unlock();
    }
  }

  private ReloadResult applyRegistry(List<LayerEdit> edits, String source) {
    ReloadRequest request = ReloadRequest.again(new Who("registry", source));
    changing.lock();
    try {
      Running<C> now = current();
      if (frozen) return new ReloadResult.Busy(now.generation());
      ReloadResult result =
          edits.size() > ConfigInputs.EDITS_MAX
              ? invalid(List.of(Warnings.tooManyEdits(edits.getLast().edit())))
              : change(now.inputs().withRegistry(edits), now.frozen(""), request);
      notes.result(request, result);
      return result;
    } finally {
      changing.unlock();
    }
  }

  private void noteOutcome(ReloadResult result) {
    switch (result) {
      case ReloadResult.Applied _ -> {
        lastSuccessful = true;
        degraded = Optional.empty();
      }
      case ReloadResult.Invalid _, ReloadResult.PrepareFailed _ -> lastSuccessful = false;
      case ReloadResult.Busy _, ReloadResult.Stale _, ReloadResult.NoSuchGeneration _ -> {}
    }
  }

  /** A text that was handed in stays as it was, with what it included. */
  private static Base settled(Base wanted, boolean toFile, Loaded<?> loaded) {
    if (!(wanted instanceof Base.Given)) return wanted;
    return toFile ? new Base.Own() : new Base.Kept("pushed", loaded.reading().document().sources());
  }

  /** Digest of the files on disk, readable as a configuration or not; empty when there are none. */
  private String ownFilesHash() {
    try {
      return loader.load(new Base.Own(), List.of()).reading().document().filesSha256();
    } catch (IOException unreadable) {
      return "";
    }
  }

  private Duration elapsed(long startNanos) {
    return Duration.ofNanos(clock.nanos() - startNanos);
  }

  private ReloadResult invalid(List<Problem> problems) {
    return new ReloadResult.Invalid(current().generation(), problems);
  }

  private List<ConfigDiff.Change> changes(Loaded<C> loaded) {
    return ConfigDiff.between(
        current().reading().effective(), loaded.reading().effective(), loader.type());
  }

  private AdaptReport refusedAdapt(List<Problem> problems) {
    return new AdaptReport(
        false, current().generation(), "", problems, List.of(), false, java.util.Map.of());
  }
}
