package io.fairlead.registry;

import io.fairlead.core.access.EntryId;
import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.membership.MembershipKeeper;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import io.fairlead.registry.action.Actions;
import io.fairlead.registry.action.ProcessTable;
import io.fairlead.registry.external.ExternalConfigTarget;
import io.fairlead.registry.model.AddressParser;
import io.fairlead.registry.model.BadAddressException;
import io.fairlead.registry.model.Entry;
import io.fairlead.registry.plan.Item;
import io.fairlead.registry.plan.TargetRules;
import io.fairlead.registry.reconcile.Chronicle;
import io.fairlead.registry.reconcile.PlanJournal;
import io.fairlead.registry.reconcile.Reconciler;
import io.fairlead.registry.reconcile.RegistryMeters;
import io.fairlead.registry.reconcile.SourceFollower;
import io.fairlead.registry.reconcile.StateFile;
import io.fairlead.registry.reconcile.TargetLoop;
import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.registry.reconcile.TargetStatus;
import io.fairlead.registry.rewrite.FileSwap;
import io.fairlead.registry.source.SourceSettings;
import io.fairlead.registry.source.Sources;
import io.fairlead.registry.target.MembersTarget;
import io.fairlead.registry.target.PoolTarget;
import io.fairlead.registry.target.Target;
import io.fairlead.registry.target.UpstreamMembers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything the registry does in one gateway: a follower for each source, a reconciler and its
 * loop for each target. Without the section it starts nothing.
 *
 * <p>{@link #start} puts the last good lists in force before it returns, without reading any
 * source. Everything else may be called from any thread.
 */
public final class RegistryService implements Service {
  private static final Logger log = LoggerFactory.getLogger(RegistryService.class);
  private static final Duration FIRST_READ_WAIT = Duration.ofSeconds(30);

  /** What targets inside the process act on. */
  public record Surroundings(MembershipKeeper keeper, UpstreamMembers upstreams, Path stateDir) {}

  private final RegistryConfig config;
  private final Surroundings surroundings;
  private final Chronicle chronicle;
  private final RegistryMeters meters;
  private final Meters allMeters;
  private final Clock clock;
  private final Randomness randomness;

  // Replaced as a whole by each start; never changed once others see them.
  private volatile Map<String, SourceFollower> followers = Map.of();
  private volatile Map<String, TargetLoop> loops = Map.of();

  public RegistryService(
      RegistryConfig config,
      Surroundings surroundings,
      AuditTrail audit,
      EventBus events,
      Meters meters,
      Clock clock,
      Randomness randomness) {
    this.config = config;
    this.surroundings = surroundings;
    this.meters = new RegistryMeters(meters);
    this.allMeters = meters;
    this.chronicle = new Chronicle(audit, events, this.meters, clock);
    this.clock = clock;
    this.randomness = randomness;
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
  public void resume() throws StartException, InterruptedException {
    if (config.idle()) return;
    open(stateFile(), config.targets());
  }

  /**
   * After {@link #close}, while another process goes on with the state: follows the lists for those
   * who are still connected here, so that whoever is revoked loses what he has in this process too.
   * Changes accounts' rights and nothing else.
   *
   * @param folder holds a state of its own, which begins as that of now
   */
  public void followOn(Path folder) throws StartException, InterruptedException {
    List<TargetConfig> accounts =
        config.targets().stream()
            .filter(target -> target.settings() instanceof TargetSettings.ProxyUsers)
            .toList();
    if (accounts.isEmpty()) return;
    Path own = folder.resolve("registry.json");
    try {
      Files.copy(stateFile(), own);
    } catch (NoSuchFileException none) {
      // Nothing was ever read.
    } catch (IOException failure) {
      throw new StartException(
          StartException.Reason.RESOURCE, "registry state " + own + ": " + failure, failure);
    }
    open(own, accounts);
  }

  private Path stateFile() {
    return config.stateFile().orElse(surroundings.stateDir().resolve("registry.json"));
  }

  private void open(Path file, List<TargetConfig> targets)
      throws StartException, InterruptedException {
    Map<String, SourceFollower> followers = new LinkedHashMap<>();
    Map<String, TargetLoop> loops = new LinkedHashMap<>();
    Map<String, Boolean> guarded = new LinkedHashMap<>();
    StateFile state;
    try {
      state = StateFile.open(file);
    } catch (IOException failure) {
      throw new StartException(
          StartException.Reason.RESOURCE, "registry state " + file + ": " + failure, failure);
    }
    for (SourceSettings settings : config.sources()) {
      String name = settings.rules().name();
      guarded.put(name, settings.guarded());
      followers.put(
          name,
          new SourceFollower(
              Sources.open(settings, clock),
              settings.rules(),
              config.pace(),
              state,
              meters,
              clock,
              randomness));
    }
    for (TargetConfig target : targets) {
      TargetRules rules = target.rulesOver(config.rails());
      PlanJournal journal =
          new PlanJournal(file.resolveSibling("registry." + rules.name() + ".journal"));
      Reconciler reconciler =
          new Reconciler(
              rules,
              open(target, file),
              new CombinedLists(rules, followers, guarded, clock)::now,
              state,
              journal,
              chronicle,
              clock);
      reconciler.start();
      loops.put(rules.name(), new TargetLoop(reconciler, config.pace().interval(), clock));
    }
    this.followers = followers;
    this.loops = loops;
    loops.values().forEach(this::follow);
    followers.values().forEach(SourceFollower::start);
    loops.values().forEach(TargetLoop::start);
  }

  private Target open(TargetConfig target, Path file) {
    String name = target.rules().name();
    return switch (target.settings()) {
      case TargetSettings.ProxyUsers users ->
          new MembersTarget(name, users.kind(), surroundings.keeper());
      case TargetSettings.Upstream upstream ->
          new PoolTarget(
              name,
              upstream.kind(),
              upstream.upstream(),
              () -> surroundings.upstreams().configured(upstream.upstream()),
              surroundings.upstreams());
      case TargetSettings.External external ->
          new ExternalConfigTarget(
              name,
              external.config(),
              target.rules().defaultPort(),
              file.resolveSibling("registry." + name + ".lines"),
              new FileSwap(external.config().backups(), randomness, Pause.system()),
              new Actions(
                  clock, Pause.system(), allMeters, ProcessTable.system(), System.getenv()));
      case TargetSettings.Subscribe subscribe -> {
        List<Item> local = subscribeList(target.rules().defaultPort());
        yield new PoolTarget(
            name, subscribe.kind(), subscribe.upstream(), () -> local, surroundings.upstreams());
      }
    };
  }

  private List<Item> subscribeList(OptionalInt port) {
    AddressParser parser = AddressParser.ofOperator().withDefaultPort(port);
    List<Item> items = new ArrayList<>();
    for (String text : config.subscribe()) {
      try {
        items.add(Item.plain(text, parser.node(text)));
      } catch (BadAddressException bad) {
        log.atWarn()
            .addKeyValue("line", text)
            .addKeyValue("why", bad.getMessage())
            .log("line of registry.subscribe left out");
      }
    }
    return items;
  }

  private void follow(TargetLoop loop) {
    for (String source : loop.reconciler().rules().sources()) {
      SourceFollower follower = followers.get(source);
      if (follower == null) continue;
      if (loop.reconciler().governsAccounts()) follower.onRead(() -> name(follower));
      follower.onRead(loop::request);
    }
  }

  /** An account whose entry is revoked from the start is denied, not ungoverned. */
  private void name(SourceFollower follower) {
    Map<String, EntryId> accounts = new HashMap<>();
    follower
        .view()
        .lastGood()
        .ifPresent(
            list -> {
              for (Entry entry : list.entries()) {
                entry
                    .user()
                    .ifPresent(user -> accounts.put(user, new EntryId(list.source(), entry.id())));
              }
            });
    surroundings.keeper().named(accounts);
  }

  private void awaitFirstReads() throws InterruptedException {
    List<CompletableFuture<TargetStatus>> cycles = new ArrayList<>();
    for (TargetLoop loop : loops.values()) {
      if (loop.reconciler().rules().coldStart() != TargetRules.ColdStart.WAIT) continue;
      List<CompletableFuture<SourceFollower.View>> reads =
          loop.reconciler().rules().sources().stream()
              .map(followers::get)
              .map(SourceFollower::readNow)
              .toList();
      cycles.add(
          CompletableFuture.allOf(reads.toArray(CompletableFuture[]::new))
              .thenCompose(_ -> loop.cycleNow()));
    }
    try {
      CompletableFuture.allOf(cycles.toArray(CompletableFuture[]::new))
          .get(FIRST_READ_WAIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException late) {
      log.atWarn().log("registry: no first read within 30 s; the last good lists hold");
    }
  }

  @Override
  public void drain(Deadline deadline) {}

  @Override
  public void close() {
    followers.values().forEach(SourceFollower::close);
    loops.values().forEach(TargetLoop::close);
  }

  /** How every target stands, in the order of the configuration. */
  public List<TargetStatus> targets() {
    return loops.values().stream().map(loop -> loop.reconciler().status()).toList();
  }

  public Optional<TargetStatus> target(String name) {
    return Optional.ofNullable(loops.get(name)).map(loop -> loop.reconciler().status());
  }

  /** How every source stands, by name. */
  public Map<String, SourceFollower.View> sources() {
    Map<String, SourceFollower.View> views = new LinkedHashMap<>();
    followers.forEach((name, follower) -> views.put(name, follower.view()));
    return views;
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
    List<TargetLoop> chosen = new ArrayList<>();
    loops.forEach(
        (name, loop) -> {
          if (target.isEmpty() || target.get().equals(name)) chosen.add(loop);
        });
    List<CompletableFuture<SourceFollower.View>> reads =
        followers.values().stream().map(SourceFollower::readNow).toList();
    CompletableFuture<?> done =
        CompletableFuture.allOf(reads.toArray(CompletableFuture[]::new))
            .thenCompose(
                _ ->
                    CompletableFuture.allOf(
                        chosen.stream()
                            .map(TargetLoop::cycleNow)
                            .toArray(CompletableFuture[]::new)));
    try {
      done.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException late) {
      log.atDebug().log("registry sync did not end in time");
    }
    return chosen.stream().map(loop -> loop.reconciler().status()).toList();
  }

  /** Lets a held plan go on; false when no target holds it. */
  public boolean approve(String planId, String actor) {
    for (TargetLoop loop : loops.values()) {
      if (loop.reconciler().approve(planId, actor)) {
        loop.request();
        return true;
      }
    }
    return false;
  }

  /** Silences a held plan; false when no target holds it. */
  public boolean reject(String planId, String actor) {
    return loops.values().stream().anyMatch(loop -> loop.reconciler().reject(planId, actor));
  }

  /** What keeps the gateway from being ready; empty when nothing does. */
  public Optional<String> unready() {
    for (TargetStatus status : targets()) {
      if (status.state() == TargetState.INIT) return Optional.of(status.name() + " has not begun");
    }
    if (!config.requireSync()) return Optional.empty();
    Instant now = clock.wall();
    for (SourceFollower follower : followers.values()) {
      Optional<Instant> since = follower.view().failingSince();
      if (since.isPresent() && follower.rules().stale().over(since.get(), now)) {
        return Optional.of(follower.name() + " is silent since " + since.get());
      }
    }
    return Optional.empty();
  }

  /** What an operator should look at. */
  public List<String> degraded() {
    List<String> lines = new ArrayList<>();
    for (TargetStatus status : targets()) {
      switch (status.state()) {
        case HOLD, STALE, ROLLED_BACK, FAILED ->
            lines.add(
                "registry target "
                    + status.name()
                    + ": "
                    + status.state().word()
                    + ", "
                    + status.why());
        case INIT, SYNCING, IN_SYNC, DRIFT, APPLYING, VERIFYING -> {}
      }
    }
    return lines;
  }
}
