package io.fairlead.app;

import io.fairlead.app.config.GatewayCodes;
import io.fairlead.app.membership.MembershipService;
import io.fairlead.app.reload.ConfigController;
import io.fairlead.app.reload.ConfigController.WhenBusy;
import io.fairlead.app.reload.ConfigService;
import io.fairlead.app.reload.Loaded;
import io.fairlead.app.upgrade.Inheritance;
import io.fairlead.control.ControlServer;
import io.fairlead.control.ProcessMeters;
import io.fairlead.control.access.ControlToken;
import io.fairlead.control.access.PeerProof;
import io.fairlead.control.api.ReloadReport;
import io.fairlead.control.api.ReloadRequest;
import io.fairlead.control.api.ReloadResult;
import io.fairlead.control.api.StopRequest;
import io.fairlead.control.http.UpgradeArea;
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
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.net.http.Http1Edge;
import io.fairlead.net.listen.ListenerSet;
import io.fairlead.net.live.ConnectionRegistry;
import io.fairlead.net.loop.EventLoops;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
  private final ControlServer control;
  private final ControlToken token;
  private final Features features;
  private final EventBus events;
  private final ProcessMeters processMeters;
  private final ConfigController<GatewayConfig> configuration;
  private final ConfigService<GatewayConfig> configService;
  private final StateDirectory state;
  private final ServiceTree tree;
  private final Clock clock;
  private final Succession succession;
  private volatile long successor; // its pid, 0 while there is none

  /** Builds a gateway from a file; the same as below for programs that embed one. */
  public static Gateway open(Path file, Environment environment, Clock clock)
      throws ConfigException, StartException {
    return open(GatewayConfigLoader.ofFile(file, environment), clock, Succession.none());
  }

  /**
   * Builds a gateway from what the loader finds; opens nothing but the state directory's token.
   *
   * @param succession tells what is there before it
   * @throws ConfigException the configuration is wrong; carries every problem
   * @throws StartException the state directory cannot be used
   */
  static Gateway open(GatewayConfigLoader loader, Clock clock, Succession succession)
      throws ConfigException, StartException {
    try {
      Loaded<GatewayConfig> first = loader.load();
      GatewayConfig config = first.reading().valueOrThrow();
      return new Gateway(first, config, loader, clock, succession);
    } catch (IOException failure) {
      throw new ConfigException(GatewayCodes.unreadable(failure));
    }
  }

  private Gateway(
      Loaded<GatewayConfig> first,
      GatewayConfig config,
      GatewayConfigLoader loader,
      Clock clock,
      Succession succession)
      throws StartException {
    this.clock = clock;
    this.succession = succession;
    Inheritance inheritance = succession.meet(first.reading().document().sha256().substring(0, 12));
    Randomness randomness = Randomness.system();
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    Meters meters = new Meters(registry);
    state = new StateDirectory(config.runtime().stateDir());
    token = ControlToken.loadOrCreate(config.runtime().stateDir(), randomness);
    loops =
        EventLoops.create(
            config.runtime().eventLoops().orElse(0), config.runtime().transport(), "loop", clock);
    loops.observe(meters);
    events = new EventBus();

    connections = new ConnectionRegistry(clock, meters);
    MembershipKeeper keeper = new MembershipKeeper(List.of(connections), events, clock);
    membership = new MembershipService(config.membership(), keeper, loader.environment(), meters);

    LiveSettings settings = new LiveSettings(config);
    listeners =
        new ListenerSet(
            loops,
            connections,
            settings.limits(),
            meters,
            clock,
            randomness,
            inheritance.sockets());
    Http1Edge edge = new Http1Edge(clock, meters);
    control =
        new ControlServer(
            config.control(),
            token,
            new ControlDesk(this, clock),
            edge,
            registry,
            clock,
            List.of(
                new UpgradeArea(
                    succession.desk(
                        new GatewayEstate(this, succession.onYield()),
                        () -> config().runtime().upgradeDir()),
                    PeerProof.ownUid())));
    if (succession.beside()) control.beginBeside(inheritance.sockets());
    features =
        new Features(
            loops,
            edge,
            new OwnListeners(listeners, control),
            keeper.entitlements(),
            events,
            meters,
            clock);

    List<Reloadable<GatewayConfig>> participants = new ArrayList<>();
    participants.add(settings);
    participants.add(next -> control.prepare(next.control()));
    participants.addAll(features.reloadables());
    participants.add(new ListenerPlan(listeners, features, clock));
    configuration =
        new ConfigController<>(
            GatewayConfig.TYPE, first, loader, participants, this::kept, events, meters, clock);
    if (succession.beside()) {
      configuration.beginAt(inheritance.generationOf(configuration.running().current().hash()));
    }
    configService = new ConfigService<>(configuration);
    tree = new ServiceTree(order());
    processMeters =
        ProcessMeters.declare(meters, clock, Version.current(), tree.names(), tree::states, events);
  }

  /** Start order; draining and closing go the other way. */
  private List<Service> order() {
    return List.of(
        state,
        loops,
        control,
        membership,
        features.http(),
        features.proxy(),
        configService,
        listeners);
  }

  private ReloadReport.Kept kept() {
    return new ReloadReport.Kept(
        listeners.bound().size(), connections.size(), features.proxy().flows());
  }

  /** Serves from here on; beside a process that offers itself, in its place. */
  public void start() throws StartException, InterruptedException {
    List<HandOver> stores = stores();
    if (succession.beside()) {
      stores.forEach(store -> listeners.hold(store.listeners()));
      tree.startBut(Set.copyOf(stores));
      try {
        succession.takeOver(new Taking(this, stores, tree));
      } catch (StartException failure) {
        drain(Deadline.in(clock, config().runtime().drain().stop())); // we accepted already
        throw failure;
      }
    } else {
      tree.start();
    }
    succession.warnOfRest();
  }

  /** What changes hands one by one when a successor comes, in start order. */
  List<HandOver> stores() {
    return order().stream().filter(HandOver.class::isInstance).map(HandOver.class::cast).toList();
  }

  /** Opens everything but serves nobody, and closes it again. */
  void check() throws StartException, InterruptedException {
    try (ServiceTree checked =
        new ServiceTree(List.of(state, loops, features.http(), features.proxy(), configService))) {
      checked.start();
      listeners.close();
    }
  }

  /** Reloads on behalf of a signal, after a change already under way. */
  ReloadResult reload(ReloadRequest request) {
    return configuration.reload(request, WhenBusy.WAIT);
  }

  /** Asks for the end; a later wish may only shorten it. Any thread. */
  void requestStop(StopRequest request) {
    stop.ask(request);
  }

  /** Whether the end was asked for, or a successor serves already. */
  public boolean stopRequested() {
    return successor != 0 || stop.asked();
  }

  /** From here on a successor serves. */
  void yielded(long pid) {
    successor = pid;
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
    tree.drain(deadline);
  }

  @Override
  public void close() {
    tree.close();
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

  /** The running configuration's value. */
  public GatewayConfig config() {
    return configuration.running().current().snapshot().config();
  }

  public ConfigController<GatewayConfig> configuration() {
    return configuration;
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
