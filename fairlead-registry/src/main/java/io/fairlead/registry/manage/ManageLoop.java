package io.fairlead.registry.manage;

import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import io.fairlead.registry.action.Actions;
import io.fairlead.registry.action.ProcessTable;
import io.fairlead.registry.external.ExternalConfig;
import io.fairlead.registry.external.ExternalConfigTarget;
import io.fairlead.registry.model.Position;
import io.fairlead.registry.model.Snapshot;
import io.fairlead.registry.plan.Plan;
import io.fairlead.registry.plan.Policy;
import io.fairlead.registry.plan.RailsConfig;
import io.fairlead.registry.plan.TargetRules;
import io.fairlead.registry.reconcile.Chronicle;
import io.fairlead.registry.reconcile.Lists;
import io.fairlead.registry.reconcile.PlanJournal;
import io.fairlead.registry.reconcile.Reconciler;
import io.fairlead.registry.reconcile.RegistryMeters;
import io.fairlead.registry.reconcile.StateFile;
import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.registry.reconcile.TargetStatus;
import io.fairlead.registry.rewrite.FileSwap;
import io.fairlead.registry.source.ReadRequest;
import io.fairlead.registry.source.RegistrySource;
import io.fairlead.registry.source.SourceException;
import io.fairlead.registry.source.SourceRules;
import io.fairlead.registry.target.TargetException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the list, compares, edits the file, tells the process, waits; again and again on the
 * calling thread. A change of the list ends a wait early.
 */
public final class ManageLoop {
  public static final int EXIT_COMPATIBLE = 1;
  public static final int EXIT_LOCKED = 75;

  private static final Logger log = LoggerFactory.getLogger(ManageLoop.class);
  private static final String NAME = "manage";
  private static final Duration READ_TIMEOUT = Duration.ofSeconds(5);
  private static final int BACKUPS = 5;

  private final ManageSettings settings;
  private final Meters meters;
  private final Map<String, String> environment;
  private final Clock clock;
  private final Pause pause;
  private final Randomness randomness;
  private final Semaphore hints = new Semaphore(0);
  private Optional<Snapshot> lastGood = Optional.empty();
  private Optional<Failure> failure = Optional.empty();

  /** Why the last read failed, since when, and whether the list said nothing at all. */
  private record Failure(String why, Instant since, boolean nothing) {}

  /**
   * @param environment for {@code DOCKER_HOST} and the like
   */
  public ManageLoop(
      ManageSettings settings,
      Meters meters,
      Map<String, String> environment,
      Clock clock,
      Pause pause,
      Randomness randomness) {
    this.settings = settings;
    this.meters = meters;
    this.environment = Map.copyOf(environment);
    this.clock = clock;
    this.pause = pause;
    this.randomness = randomness;
  }

  /**
   * Runs until it is interrupted or something ends it.
   *
   * @return exit code; {@link #EXIT_LOCKED} when another loop manages this file
   * @throws IOException the state folder cannot be used
   */
  public int run() throws IOException, InterruptedException {
    Files.createDirectories(
        settings.stateDir(),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try (FileChannel channel =
        FileChannel.open(
            settings.stateDir().resolve("manage.lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE)) {
      if (!locked(channel)) {
        log.atError()
            .addKeyValue("config", settings.config())
            .addKeyValue("state", settings.stateDir())
            .log("another process manages this file");
        return EXIT_LOCKED;
      }
      try (RegistrySource source = ListSource.open(settings, READ_TIMEOUT, clock);
          EventBus events = new EventBus()) {
        return follow(source, events);
      }
    }
  }

  /** The lock ends with the channel. */
  private static boolean locked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException inThisProcess) {
      return false;
    }
  }

  private int follow(RegistrySource source, EventBus events)
      throws IOException, InterruptedException {
    Chronicle chronicle =
        new Chronicle(AuditTrail.none(), events, new RegistryMeters(meters), clock);
    StateFile state = StateFile.open(settings.stateDir().resolve("registry.json"));
    ExternalConfigTarget target = target();
    remember(state, target);
    Reconciler reconciler =
        new Reconciler(
            rules(),
            target,
            this::lists,
            state,
            new PlanJournal(settings.stateDir().resolve("registry.manage.journal")),
            chronicle,
            clock,
            randomness);
    HeldPlan held = new HeldPlan(settings.stateDir());
    log.atInfo()
        .addKeyValue("config", settings.config())
        .addKeyValue("source", settings.source())
        .addKeyValue("state", settings.stateDir())
        .log("managing");
    reconciler.start();
    try (AutoCloseable _ = source.onHint(hints::release)) {
      while (true) {
        read(source);
        OptionalInt end = judged();
        if (end.isPresent()) return end.getAsInt();
        TargetStatus status = reconciler.cycle();
        if (letGoOn(reconciler, held)) status = reconciler.cycle();
        warnOfUnknown(status);
        end = judged(status);
        if (end.isPresent()) return end.getAsInt();
        if (settings.pace().once()) return status.exit();
        await(reconciler.due());
      }
    } catch (IOException | InterruptedException | RuntimeException passed) {
      throw passed;
    } catch (Exception unexpected) {
      throw new IllegalStateException("a watch did not close", unexpected);
    }
  }

  /** Tells what is held, and follows what the operator said of it. */
  private static boolean letGoOn(Reconciler reconciler, HeldPlan held) throws IOException {
    TargetStatus status = reconciler.status();
    Optional<Plan> plan = status.state() == TargetState.HOLD ? status.open() : Optional.empty();
    boolean news =
        plan.isPresent() && !held.now().map(HeldPlan.Note::planId).equals(plan.map(Plan::id));
    held.hold(plan.map(each -> new HeldPlan.Note(each.id(), status.why())));
    if (plan.isEmpty()) return false;
    String id = plan.get().id();
    if (news) {
      log.atWarn()
          .addKeyValue("plan", id)
          .addKeyValue("why", status.why())
          .log("plan held; fairlead manage approve lets it go on");
    }
    Optional<HeldPlan.Decision> decision = held.take(id);
    if (decision.isEmpty()) return false;
    log.atInfo().addKeyValue("plan", id).addKeyValue("said", decision.get().word()).log("decided");
    return switch (decision.get()) {
      case APPROVE -> reconciler.approve(id, "operator");
      case REJECT -> {
        reconciler.reject(id, "operator");
        yield false;
      }
    };
  }

  private ExternalConfigTarget target() {
    Actions actions = new Actions(clock, pause, meters, ProcessTable.system(), environment);
    return new ExternalConfigTarget(
        NAME,
        ExternalConfig.of(settings.config(), settings.path(), settings.reload(), settings.verify()),
        OptionalInt.of(settings.defaultPort()),
        settings.stateDir().resolve("registry.manage.lines"),
        new FileSwap(BACKUPS, randomness, pause),
        actions);
  }

  /**
   * At the very first start the file as it is counts as good: there is nothing else to go back to.
   */
  private void remember(StateFile state, ExternalConfigTarget target) throws IOException {
    if (state.target(NAME).isPresent()) return;
    try {
      state.keep(
          NAME,
          new StateFile.LastGood(
              ListSource.NAME, "none", clock.wall(), target.actual().items(), Map.of()));
    } catch (TargetException unreadable) {
      log.atDebug().addKeyValue("why", unreadable.getMessage()).log("nothing to remember yet");
    }
  }

  private TargetRules rules() {
    boolean compatible = settings.strictness().compatible();
    RailsConfig usual = RailsConfig.DEFAULTS;
    // What this replaces held nothing; here nothing is held but an empty list.
    RailsConfig rails =
        new RailsConfig(
            settings.allowEmpty(),
            new RailsConfig.Bound.Share(1),
            new RailsConfig.Bound.Share(1),
            settings.allowEmpty() ? 0 : 1,
            compatible ? Duration.ZERO : usual.holdDown(),
            compatible ? Integer.MAX_VALUE : usual.flapChanges(),
            usual.flapWindow(),
            compatible ? Integer.MAX_VALUE : usual.maxPlans(),
            false);
    TargetRules rules =
        TargetRules.of(NAME, ListSource.NAME, Policy.PRUNE_ONLY)
            .with(rails)
            .with(OptionalInt.of(settings.defaultPort()));
    if (compatible) rules = rules.with(TargetRules.Match.FIRST);
    return settings.strictness().exitUnknown().isPresent()
        ? rules.with(TargetRules.OnUnknown.EXIT, TargetRules.ExitOrder.CHECK_FIRST)
        : rules;
  }

  private Lists lists() {
    Optional<Lists.Trouble> trouble =
        failure.map(
            each ->
                new Lists.Trouble(
                    ListSource.NAME + ": " + each.why(), each.since(), SourceRules.Then.KEEP));
    return new Lists(lastGood.stream().toList(), Set.of(), trouble);
  }

  private void read(RegistrySource source) throws InterruptedException {
    Optional<Failure> before = failure;
    try {
      ReadRequest request =
          new ReadRequest(lastGood, lastGood.map(Snapshot::position), READ_TIMEOUT);
      Snapshot read =
          source
              .read(request)
              .toCompletableFuture()
              .get(READ_TIMEOUT.toMillis() + 1_000, TimeUnit.MILLISECONDS);
      if (lastGood.isEmpty() || before.isPresent()) {
        log.atInfo().addKeyValue("entries", read.entries().size()).log("list read");
      }
      boolean news = !lastGood.map(Snapshot::warnings).equals(Optional.of(read.warnings()));
      if (news)
        read.warnings().forEach(why -> log.atWarn().addKeyValue("why", why).log("entry dropped"));
      lastGood = Optional.of(read);
      failure = Optional.empty();
    } catch (ExecutionException failed) {
      Throwable cause = failed.getCause() == null ? failed : failed.getCause();
      boolean nothing =
          cause instanceof SourceException typed
              && typed.reason() == SourceException.Reason.NOTHING;
      failed(String.valueOf(cause.getMessage()), nothing, before);
    } catch (TimeoutException late) {
      failed("no answer in time", false, before);
    }
  }

  private void failed(String why, boolean nothing, Optional<Failure> before) {
    if (nothing && settings.allowEmpty() && settings.strictness().compatible()) {
      lastGood =
          Optional.of(
              new Snapshot(
                  ListSource.NAME,
                  new Position.Fixed("empty"),
                  List.of(),
                  0,
                  List.of(),
                  clock.wall()));
      failure = Optional.empty();
      return;
    }
    failure =
        Optional.of(new Failure(why, before.map(Failure::since).orElse(clock.wall()), nothing));
    if (before.map(Failure::why).equals(Optional.of(why))) return;
    boolean ends = settings.strictness().compatible() && !nothing;
    (ends ? log.atError() : log.atWarn())
        .addKeyValue("source", settings.source())
        .addKeyValue("why", why)
        .log(nothing ? "list is empty and held" : "list not readable");
  }

  /** What the source's state means for the loop. */
  private OptionalInt judged() {
    boolean fails = failure.isPresent() && !failure.get().nothing();
    return fails && settings.strictness().compatible()
        ? OptionalInt.of(EXIT_COMPATIBLE)
        : OptionalInt.empty();
  }

  /** What the file's state means for the loop. */
  private OptionalInt judged(TargetStatus status) {
    OptionalInt unknown = settings.strictness().exitUnknown();
    if (status.exit() == TargetStatus.EXIT_UNKNOWN && unknown.isPresent()) {
      log.atError()
          .addKeyValue("unknown", String.join(" ", status.unknown()))
          .log("the list names what the file does not have; nothing was changed");
      return unknown;
    }
    boolean broken = status.state() == TargetState.FAILED && !status.reloadPending();
    if (broken && settings.strictness().compatible()) {
      log.atError().addKeyValue("why", status.why()).log("file not usable");
      return OptionalInt.of(EXIT_COMPATIBLE);
    }
    return OptionalInt.empty();
  }

  private List<String> toldUnknown = List.of();

  private void warnOfUnknown(TargetStatus status) {
    if (status.unknown().equals(toldUnknown)) return;
    toldUnknown = status.unknown();
    if (toldUnknown.isEmpty() || settings.strictness().exitUnknown().isPresent()) return;
    log.atWarn()
        .addKeyValue("unknown", String.join(" ", toldUnknown))
        .log("the list names what the file does not have");
  }

  private void await(Optional<Instant> due) throws InterruptedException {
    Duration wait = settings.pace().interval();
    if (due.isPresent()) {
      Duration until = Duration.between(clock.wall(), due.get());
      if (until.compareTo(wait) < 0) wait = until.isNegative() ? Duration.ZERO : until;
    }
    if (hints.tryAcquire(wait.toNanos(), TimeUnit.NANOSECONDS)) hints.drainPermits();
  }

  /** The folder that is used when nobody names one: one for each managed file. */
  public static Path defaultStateDir(
      Path config, Map<String, String> environment, Path workingDir) {
    String name =
        FileSwap.sha256(config.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
    String xdg = environment.getOrDefault("XDG_STATE_HOME", "");
    String home = environment.getOrDefault("HOME", "");
    Path base =
        !xdg.isEmpty()
            ? Path.of(xdg, "fairlead")
            : !home.isEmpty()
                ? Path.of(home, ".local", "state", "fairlead")
                : workingDir.resolve(".fairlead");
    return base.resolve("manage").resolve(name.substring(0, 16));
  }
}
