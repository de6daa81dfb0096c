package io.fairlead.registry;

import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Problem;
import io.fairlead.core.config.Reloadable;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.membership.MembershipKeeper;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.trace.Spans;
import io.fairlead.registry.Fleet.Running;
import io.fairlead.registry.plan.TargetRules;
import io.fairlead.registry.reconcile.Chronicle;
import io.fairlead.registry.reconcile.KnownNames;
import io.fairlead.registry.reconcile.NameLookup;
import io.fairlead.registry.reconcile.PlanJournal;
import io.fairlead.registry.reconcile.Reconciler;
import io.fairlead.registry.reconcile.RegistryMeters;
import io.fairlead.registry.reconcile.SourceFollower;
import io.fairlead.registry.reconcile.StateFile;
import io.fairlead.registry.reconcile.TargetLoop;
import io.fairlead.registry.reconcile.TargetStatus;
import io.fairlead.registry.source.RegistrySource;
import io.fairlead.registry.source.SourceOpener;
import io.fairlead.registry.source.SourceSettings;
import io.fairlead.registry.target.Target;
import io.fairlead.registry.target.UpstreamMembers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything the registry does in one gateway: a follower for each source, a reconciler and its
 * loop for each target. Without the section it starts nothing.
 *
 * <p>A change of the configuration closes what it removes or changes and starts what it adds; the
 * rest runs on. A source that changed shows its last list until its first read. A list of members
 * that is removed governs nobody any more.
 *
 * <p>{@link #start} puts the last good lists in force before it returns, without reading any
 * source. Everything else may be called from any thread.
 */
public final class RegistryService implements Service, Reloadable<RegistryConfig> {
  private static final Logger log = LoggerFactory.getLogger(RegistryService.class);
  private static final Duration FIRST_READ_WAIT = Duration.ofSeconds(30);

  /**
   * What targets inside the process act on.
   *
   * @param names for targets that compare names by where they lead
   * @param sources makes the lists that are followed
   */
  public record Surroundings(
      MembershipKeeper keeper,
      UpstreamMembers upstreams,
      NameLookup names,
      SourceOpener sources,
      Path stateDir) {}

  private final NamedAccounts accounts;
  private final Chronicle chronicle;
  private final RegistryMeters meters;
  private final Clock clock;
  private final Randomness randomness;
  private final TargetOpener opener;
  private final NameLookup names;
  private final FleetHealth health = new FleetHealth();
  private final SourceOpener sourceOpener;
  private volatile Fleet fleet;
  // Both of whoever starts, changes and closes, one at a time.
  private volatile @Nullable StateFile state;
  private boolean running;
  private final Path stateDir;
  private volatile StatePlace place;
  private final AtomicReference<Optional<String>> ended = new AtomicReference<>(Optional.empty());
  private volatile Consumer<String> ending = _ -> {};
  private volatile Consumer<String> reading = _ -> {};

  public RegistryService(
      RegistryConfig config,
      Surroundings surroundings,
      AuditTrail audit,
      EventBus events,
      Meters meters,
      Clock clock,
      Randomness randomness) {
    this.stateDir = surroundings.stateDir();
    this.place = placeOf(config);
    this.accounts = new NamedAccounts(surroundings.keeper());
    this.names = surroundings.names();
    this.sourceOpener = surroundings.sources();
    this.meters = new RegistryMeters(meters);
    this.chronicle = new Chronicle(audit, events, this.meters, clock);
    this.clock = clock;
    this.randomness = randomness;
    this.opener =
        new TargetOpener(
            surroundings, () -> fleet().config().subscribe(), meters, clock, randomness);
    this.fleet = Fleet.none(config);
  }

  private StatePlace placeOf(RegistryConfig config) {
    return new StatePlace(config.stateFile().orElse(stateDir.resolve("registry.json")));
  }

  private Fleet fleet() {
    return fleet;
  }

  @Override
  public String name() {
    return "registry";
  }

  @Override
  public void start() throws StartException, InterruptedException {
    resume();
    awaitFirstReads();
  }

  /**
   * Starts, or starts again after {@link #close}, on the lists that this or another process read
   * before; waits for no source.
   */
  public synchronized void resume() throws StartException, InterruptedException {
    running = true;
    RegistryConfig config = fleet.config();
    if (config.idle()) return;
    open(config, config.targets());
  }

  /**
   * After {@link #close}, while another process goes on with the state: follows the lists for those
   * who are still connected here, so that whoever is revoked loses what he has in this process too.
   * Changes accounts' rights and nothing else.
   *
   * @param folder holds a state of its own, which begins as that of now
   */
  public synchronized void followOn(Path folder) throws StartException, InterruptedException {
    RegistryConfig config = fleet.config();
    List<TargetConfig> governing =
        config.targets().stream()
            .filter(target -> target.settings() instanceof TargetSettings.Members)
            .toList();
    if (governing.isEmpty()) return;
    Path own = folder.resolve("registry.json");
    try {
      Files.copy(place.file(), own);
    } catch (NoSuchFileException none) {
      // Nothing was ever read.
    } catch (IOException failure) {
      throw new StartException(
          StartException.Reason.RESOURCE, "registry state " + own + ": " + failure, failure);
    }
    place = new StatePlace(own);
    running = true;
    open(config, governing);
  }

  private void open(RegistryConfig config, List<TargetConfig> targets)
      throws StartException, InterruptedException {
    StateFile opened;
    try {
      opened = StateFile.open(place.file());
    } catch (IOException failure) {
      throw new StartException(
          StartException.Reason.RESOURCE,
          "registry state " + place.file() + ": " + failure,
          failure);
    }
    state = opened;
    Map<String, SourceFollower> followers = new LinkedHashMap<>();
    for (SourceSettings settings : config.sources()) {
      followers.put(settings.rules().name(), follower(opened(settings), settings, config, opened));
    }
    Map<String, Running> first = new LinkedHashMap<>();
    for (TargetConfig target : targets) {
      Running each = run(target, opener.open(target, place), config, opened);
      first.put(each.rules().name(), each);
    }
    fleet = new Fleet(config, followers, first);
    chronicle.follow(fleet.following());
    accounts.recall(fleet.governing(), opened);
    for (Running each : first.values()) each.loop().reconciler().start();
    followers.values().forEach(SourceFollower::start);
    first.values().forEach(each -> each.loop().start());
  }

  private RegistrySource opened(SourceSettings settings) throws StartException {
    try {
      return sourceOpener.open(settings);
    } catch (ConfigException wrong) {
      throw new StartException(
          StartException.Reason.RESOURCE,
          "registry source " + settings.rules().name() + ": " + wrong.getMessage(),
          wrong);
    }
  }

  private SourceFollower follower(
      RegistrySource source, SourceSettings settings, RegistryConfig config, StateFile known) {
    String name = settings.rules().name();
    SourceFollower follower =
        new SourceFollower(
            source, settings.rules(), config.pace(), known, meters, clock, randomness);
    follower.onRead(() -> read(name));
    return follower;
  }

  private Running run(
      TargetConfig configured, Target target, RegistryConfig config, StateFile known) {
    TargetRules rules = configured.rulesOver(config.rails());
    Optional<KnownNames> names =
        rules.resolve() == TargetRules.Resolve.COMPARE
            ? Optional.of(new KnownNames(this.names, clock))
            : Optional.empty();
    boolean governs = Reconciler.governsAccounts(target, rules);
    CombinedLists.Remembering remembering =
        governs ? list -> accounts.govern(list, known) : _ -> {};
    PlanJournal journal = new PlanJournal(place.journal(rules.name()));
    Reconciler reconciler =
        new Reconciler(
            rules,
            target,
            new CombinedLists(rules, this::fleet, names, remembering, clock),
            known,
            journal,
            chronicle,
            clock,
            randomness);
    TargetLoop loop =
        new TargetLoop(reconciler, config.pace().interval(), clock, status -> judge(rules, status));
    return new Running(configured.settings(), rules, target, loop);
  }

  /** Strict targets end the process, once. */
  private void judge(TargetRules rules, TargetStatus status) {
    boolean ends =
        rules.onUnknown() == TargetRules.OnUnknown.EXIT
            && status.exit() == TargetStatus.EXIT_UNKNOWN;
    if (!ends || !ended.compareAndSet(Optional.empty(), Optional.of(rules.name()))) return;
    log.atError()
        .addKeyValue("target", rules.name())
        .addKeyValue("unknown", String.join(" ", status.unknown()))
        .log("the list names what is not known here, and on_unknown says exit");
    ending.accept(rules.name());
  }

  /**
   * Tells who ends the process that a target with {@code on_unknown: exit} wants so. At most once,
   * on the target's thread; before {@link #start}.
   *
   * @param listener takes the target's name
   */
  public void onUnknown(Consumer<String> listener) {
    ending = listener;
  }

  /** The target because of which the process is to end. */
  public Optional<String> ended() {
    return ended.get();
  }

  private void read(String source) {
    Fleet now = fleet;
    SourceFollower follower = now.followers().get(source);
    if (follower == null) return; // it was removed during its last read
    List<Running> followed =
        now.targets().values().stream()
            .filter(each -> each.rules().sources().contains(source))
            .toList();
    if (followed.stream().anyMatch(each -> each.loop().reconciler().governsAccounts())) {
      StateFile known = state;
      if (known != null) follower.view().lastGood().ifPresent(list -> accounts.note(list, known));
    }
    followed.forEach(each -> each.loop().request());
    reading.accept(source);
  }

  private void awaitFirstReads() throws InterruptedException {
    Fleet now = fleet;
    List<CompletableFuture<TargetStatus>> cycles = new ArrayList<>();
    for (Running each : now.targets().values()) {
      if (each.rules().coldStart() != TargetRules.ColdStart.WAIT) continue;
      List<CompletableFuture<SourceFollower.View>> reads =
          each.rules().sources().stream()
              .map(now.followers()::get)
              .map(SourceFollower::readNow)
              .toList();
      cycles.add(
          CompletableFuture.allOf(reads.toArray(CompletableFuture[]::new))
              .thenCompose(_ -> each.loop().cycleNow()));
    }
    try {
      CompletableFuture.allOf(cycles.toArray(CompletableFuture[]::new))
          .get(FIRST_READ_WAIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException late) {
      log.atWarn().log("registry: no first read within 30 s; the last good lists hold");
    }
  }

  /**
   * Opens what the next configuration adds or changes; nothing is read and nothing in force
   * changes. Before the start there is nothing to prepare.
   */
  @Override
  public synchronized Prepared prepare(RegistryConfig next) throws ConfigException {
    Fleet now = fleet;
    if (!running || next.equals(now.config())) return Prepared.NOTHING;
    StateFile known = state;
    try {
      if (known == null) known = StateFile.open(place.file());
    } catch (IOException failure) {
      throw new ConfigException(
          Problem.error(
              Codes.UNFIT.id(),
              "registry",
              Problem.Place.NOWHERE,
              "registry state " + place.file() + ": " + failure,
              "make the file readable for the gateway"));
    }
    StatePlace there = placeOf(next);
    boolean stays = there.equals(place);
    if (!stays) there.check();
    Map<String, RegistrySource> sources = new HashMap<>();
    for (SourceSettings settings : next.sources()) {
      String name = settings.rules().name();
      if (now.source(name).equals(Optional.of(settings))) continue;
      sources.put(name, sourceOpener.open(settings));
    }
    Map<String, Target> targets = new HashMap<>();
    for (TargetConfig target : next.targets()) {
      Running former = now.targets().get(target.rules().name());
      boolean same = former != null && former.same(target, target.rulesOver(next.rails()));
      if (same && stays) continue;
      Target goesOn = former != null && former.fits(target) ? former.target() : null;
      targets.put(target.rules().name(), goesOn != null ? goesOn : opener.open(target, there));
    }
    StateFile opened = known;
    return new Prepared() {
      @Override
      public void commit() {
        change(next, sources, targets, opened);
      }

      @Override
      public void discard() {
        sources.values().forEach(RegistrySource::close);
      }
    };
  }

  private synchronized void change(
      RegistryConfig next,
      Map<String, RegistrySource> sources,
      Map<String, Target> targets,
      StateFile known) {
    if (!running) { // closed meanwhile
      sources.values().forEach(RegistrySource::close);
      return;
    }
    state = known;
    StatePlace here = place;
    place = here.take(known, placeOf(next));
    Fleet before = fleet;
    Map<String, SourceFollower> followers = new LinkedHashMap<>();
    for (SourceSettings settings : next.sources()) {
      String name = settings.rules().name();
      SourceFollower former = before.followers().get(name);
      RegistrySource fresh = sources.get(name);
      if (fresh == null) {
        followers.put(name, former);
        continue;
      }
      SourceFollower follower = follower(fresh, settings, next, known);
      followers.put(name, former == null ? follower : follower.inherit(former.view()));
    }
    Map<String, Running> all = new LinkedHashMap<>();
    for (TargetConfig target : next.targets()) {
      String name = target.rules().name();
      Target fresh = targets.get(name);
      all.put(name, fresh == null ? before.targets().get(name) : run(target, fresh, next, known));
    }
    Fleet after = new Fleet(next, followers, all);
    fleet = after;
    chronicle.follow(after.following());
    accounts.recall(after.governing(), known);
    retire(before, after, known);
    begin(before, after, here);
    log.atInfo()
        .addKeyValue("sources", followers.size())
        .addKeyValue("targets", all.size())
        .addKeyValue("opened_sources", sources.size())
        .addKeyValue("opened_targets", targets.size())
        .log("registry follows the new configuration");
  }

  private void retire(Fleet before, Fleet after, StateFile known) {
    before
        .followers()
        .forEach(
            (name, follower) -> {
              if (after.followers().get(name) == follower) return;
              follower.close();
              if (!after.followers().containsKey(name)) meters.sourceGone(name);
            });
    List<Running> left = new ArrayList<>();
    before
        .targets()
        .forEach(
            (name, former) -> {
              Running now = after.targets().get(name);
              if (now == former) return;
              former.loop().close();
              if (now == null) meters.targetGone(name);
              if (now == null || now.target() != former.target()) left.add(former);
            });
    Set<String> free = new HashSet<>(before.governing());
    free.removeAll(after.governing());
    left.forEach(former -> former.target().retire());
    accounts.release(free, known); // last: until here their accounts are denied, not free
  }

  private void begin(Fleet before, Fleet after, StatePlace former) {
    StatePlace here = place;
    after
        .followers()
        .forEach(
            (name, follower) -> {
              if (before.followers().get(name) == follower) follower.pace(after.config().pace());
              else follower.start();
            });
    after
        .targets()
        .forEach(
            (name, each) -> {
              Running last = before.targets().get(name);
              if (last == each) {
                each.loop().interval(after.config().pace().interval());
                return;
              }
              // On the loop's thread: two reconcilers of one name never run at the same time.
              each.loop()
                  .start(
                      () -> {
                        if (last != null) last.loop().awaitEnd();
                        former.moveTarget(name, here);
                        open(Optional.ofNullable(last), each);
                      });
            });
  }

  private static void open(Optional<Running> former, Running each) throws InterruptedException {
    boolean goesOn = former.isPresent() && former.get().target() == each.target();
    if (goesOn) each.loop().reconciler().takeOver();
    else each.loop().reconciler().start();
  }

  @Override
  public void drain(Deadline deadline) {}

  @Override
  public synchronized void close() {
    running = false;
    StateFile known = state;
    state = null; // who starts next reads what the file says then
    Fleet last = fleet;
    last.followers().values().forEach(SourceFollower::close);
    last.targets().values().forEach(each -> each.loop().close());
    chronicle.flush();
    if (known == null) return;
    try {
      known.flush();
    } catch (IOException failure) {
      log.atError().addKeyValue("file", place.file()).setCause(failure).log("registry state lost");
    }
  }

  private List<TargetLoop> loops() {
    return fleet.targets().values().stream().map(Running::loop).toList();
  }

  /** How every target stands, in the order of the configuration. */
  public List<TargetStatus> targets() {
    return loops().stream().map(loop -> loop.reconciler().status()).toList();
  }

  public Optional<TargetStatus> target(String name) {
    return Optional.ofNullable(fleet.targets().get(name))
        .map(each -> each.loop().reconciler().status());
  }

  /** How every source stands, by name. */
  public Map<String, SourceFollower.View> sources() {
    Map<String, SourceFollower.View> views = new LinkedHashMap<>();
    fleet.followers().forEach((name, follower) -> views.put(name, follower.view()));
    return views;
  }

  /** Told the name of a source after each of its reads, on its thread; once, before the start. */
  public void onRead(Consumer<String> listener) {
    reading = listener;
  }

  /** Who is told of each cycle from now on. */
  public void tellsOfCycles(Spans spans) {
    meters.tellsTo(spans);
  }

  /** What there is to say of a source beyond its last read. */
  public Map<String, Object> details(String source) {
    SourceFollower follower = fleet.followers().get(source);
    return follower == null ? Map.of() : follower.details();
  }

  /** For a node that looks for relays. */
  public RelaySupply relays() {
    return new RelaySupply(this::fleet, opener.relays().watch());
  }

  /** The last lines of what happened, oldest first. */
  public List<Map<String, Object>> history() {
    return chronicle.lines();
  }

  /**
   * Reads the sources and runs a cycle of the targets; blocks up to {@code timeout}.
   *
   * @param target one of them, or empty for all
   * @return how they stand then; one that is still under way stands as it does
   */
  public List<TargetStatus> sync(Optional<String> target, Duration timeout)
      throws InterruptedException {
    return fleet.sync(target, timeout);
  }

  /** Lets a held plan, or what a source holds, go on; false when nobody holds it. */
  public boolean approve(String planId, String actor) {
    for (TargetLoop loop : loops()) {
      if (loop.reconciler().approve(planId, actor)) {
        loop.request();
        return true;
      }
    }
    return fleet.followers().values().stream().anyMatch(each -> each.approve(planId));
  }

  /** Silences a held plan; false when no target holds it. */
  public boolean reject(String planId, String actor) {
    return loops().stream().anyMatch(loop -> loop.reconciler().reject(planId, actor));
  }

  /** What keeps the gateway from being ready; empty when nothing does. */
  public Optional<String> unready() {
    return health.unready(fleet, targets(), clock.wall());
  }

  /** What an operator should look at. */
  public List<String> degraded() {
    return FleetHealth.degraded(targets());
  }
}
