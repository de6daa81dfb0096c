package io.fairlead.app;

import io.fairlead.app.audit.AuditFile;
import io.fairlead.app.logs.LogSetup;
import io.fairlead.app.membership.MembershipService;
import io.fairlead.app.reload.ConfigController;
import io.fairlead.app.reload.First;
import io.fairlead.app.systemd.Pulse;
import io.fairlead.app.upgrade.Inheritance;
import io.fairlead.control.ControlServer;
import io.fairlead.control.ProcessMeters;
import io.fairlead.control.access.ControlToken;
import io.fairlead.control.api.StopRequest;
import io.fairlead.control.api.Who;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Environment;
import io.fairlead.core.config.Reloadable;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.HandOver;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.core.lifecycle.ServiceState;
import io.fairlead.core.lifecycle.ServiceTree;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.membership.MembershipKeeper;
import io.fairlead.core.meter.LabelCaps;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.http.upstream.Upstreams;
import io.fairlead.net.budget.MemoryBudget;
import io.fairlead.net.budget.ShedClass;
import io.fairlead.net.http.HttpEdge;
import io.fairlead.net.listen.ListenerSet;
import io.fairlead.net.listen.ListenerShares;
import io.fairlead.net.live.ConnectionRegistry;
import io.fairlead.net.live.SlowConsumers;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.overload.LoadWatch;
import io.fairlead.registry.RegistryService;
import io.fairlead.relay.RelayNode;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The whole program. Read the constructor top to bottom: what is made first is used by what
 * follows; {@link #order} is the order in which it starts and, in reverse, drains and closes.
 */
public final class Gateway implements AutoCloseable {
  private final StopWish stop = new StopWish();
  private final EventLoops loops;
  private final ConnectionRegistry connections;
  private final MembershipService membership;
  private final ListenerSet listeners;
  private final LoadWatch load;
  private final ListenerSecurity security;
  private final ControlDesk desk;
  private final ControlServer control;
  private final ControlToken token;
  private final Features features;
  private final GatewayJournal journal;
  private final RegistryService registry;
  private final RegistryStore registryStore;
  private final EventBus events;
  private final ProcessMeters processMeters;
  private final ReloadEngine reload;
  private final StateDirectory state;
  private final AuditFile audit;
  private final ServiceTree tree;
  private final Clock clock;
  private final Succession succession;
  private final Successor successor = new Successor();

  /** Builds a gateway from a file; the same as below for programs that embed one. */
  public static Gateway open(Path file, Environment environment, Clock clock)
      throws ConfigException, StartException {
    GatewayConfigLoader loader = GatewayConfigLoader.ofFile(file, environment);
    ReloadEngine.Manner manner = new ReloadEngine.Manner(loader, false, true);
    return new Gateway(manner, new FirstConfig(loader).written(), clock, Succession.none());
  }

  /**
   * Builds a gateway from what was found; opens nothing but the state directory's token.
   *
   * @param succession tells what is there before it
   * @throws StartException the state directory cannot be used, or what is before gives nothing
   */
  Gateway(
      ReloadEngine.Manner manner, First<GatewayConfig> first, Clock clock, Succession succession)
      throws StartException {
    GatewayConfig config = first.loaded().reading().value().orElseThrow();
    this.clock = clock;
    this.succession = succession;
    Inheritance inheritance =
        succession.meet(first.loaded().reading().document().sha256().substring(0, 12));
    GatewayConfigLoader loader = manner.loader();
    Randomness randomness = Randomness.system();
    PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    prometheus.config().meterFilter(new LabelCaps());
    Meters meters = new Meters(prometheus);
    LogSetup.count(meters);
    state = new StateDirectory(config.runtime().stateDir());
    token = ControlToken.loadOrCreate(config.runtime().stateDir(), randomness);
    loops =
        EventLoops.create(
            config.runtime().eventLoops().orElse(0), config.runtime().transport(), "loop", clock);
    loops.observe(meters);
    events = new EventBus();
    audit = new AuditFile(config.logs().audit(), config.runtime().stateDir(), clock, meters);
    connections = new ConnectionRegistry(clock, meters);
    LateFeatures late = new LateFeatures(inheritance.sockets());
    var keeper = new MembershipKeeper(late.with(connections), audit, events, clock);
    membership = new MembershipService(config.membership(), keeper, loader.environment(), meters);
    LiveSettings settings = new LiveSettings(config);
    MemoryBudget budget = MemoryBudget.of(loops.allocator());
    budget.observe(meters);
    late.mqtt().countsIn(budget);
    budget.onShed(ShedClass.SLOW_CONSUMERS, new SlowConsumers(loops, connections, meters));
    listeners =
        new ListenerSet(
            loops,
            connections,
            settings.limits(),
            budget,
            meters,
            clock,
            randomness,
            inheritance.sockets());
    load = new LoadWatch(budget, loops, settings.load(), listeners::resumeIfRoom);
    security =
        ListenerSecurity.create(
            config.runtime().stateDir(), keeper.entitlements(), events, meters, clock, randomness);
    HttpEdge edge = security.edge(loops, budget, meters, clock, randomness);
    desk = new ControlDesk(this, loader, clock);
    control =
        new ControlRoom(this, succession, security, events, audit, clock)
            .serve(config, token, desk, prometheus, inheritance);
    journal =
        GatewayJournal.of(config.name(), connections, this::generation, events, meters, clock);
    features =
        new Features(
            loops,
            SystemDns.of(loader.environment(), settings.dns()),
            edge,
            new OwnListeners(listeners, control),
            keeper.entitlements(),
            events,
            meters,
            clock,
            this::config,
            journal,
            late);
    ListenerShares shares = new ListenerShares(listeners);
    late.tunnels()
        .standsOn(new TunnelFeature.Ground(security, shares, keeper, events, audit, meters, clock));
    registry = features.registry(config, keeper, audit);
    registry.onUnknown(
        target -> requestStop(new StopRequest(Optional.empty(), new Who("registry", target))));
    registryStore = new RegistryStore(registry, this::config, succession.beside());

    List<Reloadable<GatewayConfig>> participants = new ArrayList<>();
    participants.add(settings);
    participants.add(next -> control.prepare(next.controlSettings(security)));
    participants.addAll(features.reloadables());
    participants.add(next -> registry.prepare(next.registry()));
    ListenerPlan plan = new ListenerPlan(listeners, shares, features, security);
    participants.add(plan);
    var work = new GatewayLiveWork(listeners, connections, features::flows, plan, meters);
    reload = new ReloadEngine(manner, first, participants, work, events, audit, meters, clock);
    tree = new ServiceTree(order());
    processMeters =
        ProcessMeters.declare(meters, clock, Version.current(), tree.names(), tree::states, events);
  }

  Features features() {
    return features;
  }

  /** Start order; draining and closing go the other way. */
  private List<Service> order() {
    return List.of(
        state,
        audit,
        loops,
        load,
        control,
        membership,
        features.pubsub(),
        registryStore,
        journal.access(),
        journal.spans(),
        features.http(),
        features.proxy(),
        features.streams(),
        features.relay(),
        features.tunnels(),
        features.mqtt(),
        reload.service(),
        listeners,
        security.keeper(),
        reload.watch());
  }

  /** Serves from here on; beside a process that offers itself, in its place. */
  public void start() throws StartException, InterruptedException {
    if (succession.beside()) new Taking(this, stores(), tree).start(succession);
    else tree.start();
    succession.warnOfRest();
  }

  /** What changes hands one by one when a successor comes, in start order. */
  List<HandOver> stores() {
    return order().stream().filter(HandOver.class::isInstance).map(HandOver.class::cast).toList();
  }

  /** Opens everything but serves nobody, and closes it again. */
  void check() throws StartException, InterruptedException {
    features.check(state, loops, reload.trial(), listeners);
  }

  /** Reloads on behalf of a signal, soon, after a change already under way. */
  void reloadOnSignal() {
    reload.onHangUp();
  }

  /** Asks for the end; a later wish may only shorten it. Any thread that may wait for a disk. */
  void requestStop(StopRequest request) {
    audit.record("process.stop", Accounts.of(request));
    stop.ask(request);
  }

  /** Whether the end was asked for, or a successor serves already. */
  public boolean stopRequested() {
    return successor.isThere() || stop.asked();
  }

  Successor successor() {
    return successor;
  }

  /** For the service manager: how the gateway is. */
  Pulse pulse() {
    return new GatewayPulse(this, desk, stop, clock);
  }

  ReloadEngine reload() {
    return reload;
  }

  /** Waits until the end is asked for. */
  void awaitStop() throws InterruptedException {
    stop.await();
  }

  /** Ends in peace: announces, drains, closes; a second wish with less time cuts it short. */
  void end() throws InterruptedException {
    stop.end(config().runtime().drain(), clock, this::drain);
    close();
  }

  /** Stops accepting and lets live work end until the deadline. */
  public void drain(Deadline deadline) throws InterruptedException {
    features.mqtt().leave();
    tree.drain(deadline);
  }

  @Override
  public void close() {
    tree.close();
    reload.close();
    processMeters.close();
    features.close();
    events.close();
    loops.close();
  }

  public Map<String, ServiceState> states() {
    return tree.states();
  }

  /** Names of the services in start order. */
  public List<String> services() {
    return tree.names();
  }

  public GatewayConfig config() {
    return reload.controller().running().current().snapshot().config();
  }

  public ConfigController<GatewayConfig> configuration() {
    return reload.controller();
  }

  private long generation() {
    return configuration().running().current().generation();
  }

  public ListenerSet listeners() {
    return listeners;
  }

  public ConnectionRegistry connections() {
    return connections;
  }

  public ControlServer control() {
    return control;
  }

  public RegistryService registry() {
    return registry;
  }

  /** Upstreams, and the port for members from outside the file. */
  public Upstreams upstreams() {
    return features.http().upstreams();
  }

  /** The libp2p node, while there is one. */
  public Optional<RelayNode> relay() {
    return features.relay().node();
  }

  ControlToken token() {
    return token;
  }

  public MembershipService membership() {
    return membership;
  }

  EventLoops loops() {
    return loops;
  }
}
