package io.fairlead.app;

import io.fairlead.app.config.ListenerConfig;
import io.fairlead.core.access.Cause;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Revocable;
import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Reference;
import io.fairlead.core.config.Reloadable;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.core.membership.MembershipKeeper;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import io.fairlead.core.unit.Limit;
import io.fairlead.http.SiteConfig;
import io.fairlead.http.route.TrustedProxies;
import io.fairlead.net.dial.DatagramDialer;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.DirectDialer;
import io.fairlead.net.dial.OwnAddresses;
import io.fairlead.net.http.HttpEdge;
import io.fairlead.net.http.HttpForwarder;
import io.fairlead.net.http.HttpSettings;
import io.fairlead.net.http.RequestHandler;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.net.journal.AccessLog;
import io.fairlead.net.listen.ListenerLimits;
import io.fairlead.net.listen.ListenerShares;
import io.fairlead.net.listen.ListenerSpec;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.tls.ServedCert;
import io.fairlead.tunnel.TunnelAgent;
import io.fairlead.tunnel.TunnelConfig;
import io.fairlead.tunnel.TunnelServer;
import io.fairlead.tunnel.agent.netty.AgentNews;
import io.fairlead.tunnel.server.netty.ServerSurroundings;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Both sides of tunnels, each made when a configuration first has it; until then there is none. A
 * server or agent whose section goes is closed.
 */
final class TunnelFeature implements Service, Revocable, Reloadable<GatewayConfig> {
  private static final String OWNER = "tunnels";
  private static final Duration LOOK = Duration.ofMillis(50);

  /** What both stand on. */
  record Ground(
      ListenerSecurity security,
      ListenerShares shares,
      MembershipKeeper keeper,
      EventBus events,
      AuditTrail audit,
      Meters meters,
      Clock clock) {}

  /** The ways out and in that features share. */
  record Ways(
      EventLoops loops,
      DirectDialer dialer,
      DatagramDialer datagrams,
      OwnAddresses own,
      HttpForwarder forwarder,
      Consumer<Set<Destination>> elsewhere,
      AccessLog access) {}

  /** Where agents arrive over web sockets, and who may say for whom it speaks. */
  private record Door(String path, TrustedProxies proxies) {
    Optional<InetAddress> source(ServerExchange exchange) {
      return exchange.connection().remote() instanceof InetSocketAddress inet
              && inet.getAddress() != null
          ? Optional.of(proxies.clientOf(inet.getAddress(), exchange.head().fields()))
          : Optional.empty();
    }
  }

  private @Nullable Ground ground; // set once, before anything prepares
  private @Nullable Ways ways; // the same
  private @Nullable TunnelPeers peers; // the same
  private List<ListenerSpec> specs = List.of(); // the configuration's thread
  private volatile @Nullable TunnelServer server;
  private volatile @Nullable TunnelAgent agent;
  // Listeners that show the exposing site, with what it takes of a body.
  private volatile Map<String, Limit> sites = Map.of();
  // Listeners at which agents may arrive over web sockets, and at which path.
  private volatile Map<String, Door> sockets = Map.of();

  /** Once, before anything is prepared. */
  void standsOn(Ground next) {
    ground = next;
  }

  /** Once, before anything is prepared. */
  void meets(TunnelPeers next) {
    peers = next;
  }

  TunnelPeers peers() {
    return there(peers);
  }

  /** Once, before anything is prepared. */
  void goesBy(Ways next) {
    ways = next;
  }

  Optional<TunnelServer> server() {
    return Optional.ofNullable(server);
  }

  Optional<TunnelAgent> agent() {
    return Optional.ofNullable(agent);
  }

  /** Streams open now, on either side. */
  long streams() {
    TunnelServer serving = server;
    TunnelAgent dialled = agent;
    return (serving == null ? 0 : serving.streams()) + (dialled == null ? 0 : dialled.streams());
  }

  /** An edge that answers for hosts of agents first, where their site is shown. */
  HttpEdge before(HttpEdge edge) {
    return (channel, connection, settings, handler, already) ->
        edge.attach(channel, connection, settings, first(connection.listener(), handler), already);
  }

  private RequestHandler first(String listener, RequestHandler handler) {
    return handler.behind(
        exchange -> {
          TunnelServer there = server;
          if (there == null) {
            handler.handle(exchange);
            return;
          }
          Limit bodyMax = sites.get(listener);
          Door door = sockets.get(listener);
          if (door != null && door.path().equals(exchange.head().pathAndQuery())) {
            there.carrier(exchange, door.source(exchange));
            return;
          }
          if (bodyMax == null) handler.handle(exchange);
          else there.answer(exchange, handler, bodyMax);
        });
  }

  /** A stream to a service of an agent, for an upstream; completes on the loop. */
  CompletionStage<Channel> member(EventLoop loop, Destination.Tunnel to, Duration timeout) {
    TunnelServer there = server;
    return there == null
        ? CompletableFuture.failedFuture(
            new DialException.Unreachable(to, false, to + ": there is no tunnel server"))
        : there.exits().member(to, loop, timeout);
  }

  /** Its listeners in the configuration that was prepared last. */
  List<ListenerSpec> listeners() {
    return specs;
  }

  // ---- life -------------------------------------------------------------------------------

  @Override
  public String name() {
    return OWNER;
  }

  /** They start with the first configuration that has them. */
  @Override
  public void start() {}

  /** Agents go elsewhere first, then streams have the time there is. */
  @Override
  public void drain(Deadline deadline) throws InterruptedException {
    TunnelServer serving = server;
    TunnelAgent dialled = agent;
    if (serving != null) serving.drain();
    if (dialled != null) dialled.drain();
    while (streams() > 0 && !deadline.passed()) Pause.system().sleep(LOOK);
  }

  @Override
  public void close() {
    TunnelServer serving = server;
    TunnelAgent dialled = agent;
    if (serving != null) serving.close();
    if (dialled != null) dialled.close();
  }

  @Override
  public String kind() {
    return "tunnels";
  }

  @Override
  public int revoke(Set<EntryId> entries, Cause cause) {
    TunnelServer there = server;
    return there == null ? 0 : there.revocable().revoke(entries, cause);
  }

  // ---- configuration ----------------------------------------------------------------------

  @Override
  public Prepared prepare(GatewayConfig next) throws ConfigException {
    return prepare(next, false);
  }

  @Override
  public Prepared rehearse(GatewayConfig next) throws ConfigException {
    return prepare(next, true);
  }

  private Prepared prepare(GatewayConfig next, boolean trial) throws ConfigException {
    List<ListenerSpec> wanted = new ArrayList<>();
    ServerDraft serverDraft = serverDraft(next, wanted);
    AgentDraft agentDraft = null;
    try {
      agentDraft = agentDraft(next, wanted, trial);
    } finally {
      if (agentDraft == null) serverDraft.discard();
    }
    List<ListenerSpec> before = specs;
    specs = List.copyOf(wanted);
    AgentDraft ready = agentDraft;
    return new Prepared() {
      @Override
      public void commit() {
        serverDraft.commit();
        ready.commit();
      }

      @Override
      public void discard() {
        specs = before;
        serverDraft.discard();
        ready.discard();
      }
    };
  }

  private ServerDraft serverDraft(GatewayConfig next, List<ListenerSpec> wanted)
      throws ConfigException {
    Optional<TunnelConfig.Server> config = next.tunnels().server();
    TunnelServer there = server;
    if (config.isEmpty()) {
      return new ServerDraft(Optional.empty(), Prepared.NOTHING, Map.of(), Map.of());
    }
    ServedCert cert = there(ground).security().place(next.certs(), config.get().cert());
    Prepared change = Prepared.NOTHING;
    if (there == null) there = TunnelServer.open(surroundings(next), config.get(), cert);
    else change = there.prepare(config.get(), cert);
    wanted.add(
        new ListenerSpec(
            "tunnels/server",
            config.get().listen(),
            there.face(),
            Optional.empty(),
            // How many of a source is counted with those that come over web sockets.
            new ListenerLimits(Limit.OFF, Limit.OFF, ListenerLimits.DEFAULTS.drain())));
    if (config.get().expose().https().isPresent()) {
      wanted.add(
          ListenerSpec.of("tunnels/https", config.get().expose().https().get(), there.names()));
    }
    return new ServerDraft(
        Optional.of(there), change, showing(next, config.get()), sockets(next, config.get()));
  }

  private static Map<String, Door> sockets(GatewayConfig next, TunnelConfig.Server config) {
    return config
        .socket()
        .map(
            socket ->
                listenersOf(next, socket.site())
                    .collect(
                        Collectors.toUnmodifiableMap(ListenerConfig::id, _ -> door(next, socket))))
        .orElse(Map.of());
  }

  private static Door door(GatewayConfig next, TunnelConfig.Socket socket) {
    SiteConfig site = next.http().sites().get(socket.site().id());
    return new Door(socket.path(), site == null ? TrustedProxies.NOBODY : site.trustedProxies());
  }

  private static Stream<ListenerConfig> listenersOf(GatewayConfig next, Reference site) {
    return next.listeners().values().stream()
        .filter(each -> each.proto() == ListenerConfig.Proto.HTTP)
        .filter(each -> each.service().map(site::equals).orElse(false));
  }

  /** Listeners at which requests for hosts of agents arrive. */
  private static Map<String, Limit> showing(GatewayConfig next, TunnelConfig.Server config) {
    return config
        .expose()
        .http()
        .map(
            site ->
                listenersOf(next, site)
                    .collect(
                        Collectors.toUnmodifiableMap(
                            ListenerConfig::id, _ -> bodyMax(next, site.id()))))
        .orElse(Map.of());
  }

  private static Limit bodyMax(GatewayConfig next, String site) {
    SiteConfig config = next.http().sites().get(site);
    return config == null ? HttpSettings.DEFAULTS.bodyMax() : config.bodyMax();
  }

  private AgentDraft agentDraft(GatewayConfig next, List<ListenerSpec> wanted, boolean trial)
      throws ConfigException {
    Optional<TunnelConfig.Agent> config =
        next.tunnels().agent().filter(TunnelConfig.Agent::enabled);
    if (config.isEmpty()) return new AgentDraft(Optional.empty(), Prepared.NOTHING);
    TunnelAgent there = agent;
    if (there == null) there = new TunnelAgent(agentSurroundings(), AgentNews.NONE);
    TunnelAgent.Change change = trial ? there.rehearse(config.get()) : there.prepare(config.get());
    wanted.addAll(TunnelAgent.listeners(config.get(), change));
    return new AgentDraft(Optional.of(there), change);
  }

  private ServerSurroundings surroundings(GatewayConfig next) {
    Ground on = there(ground);
    Ways by = there(ways);
    return new ServerSurroundings(
        next.name(),
        next.runtime().stateDir(),
        by.loops(),
        ports -> on.shares().prepare(OWNER, ports).commit(),
        by.forwarder(),
        by.elsewhere(),
        by.access(),
        on.keeper().entitlements(),
        on.keeper().membership(),
        on.events(),
        on.audit(),
        on.meters(),
        on.clock(),
        Randomness.system());
  }

  private TunnelAgent.Surroundings agentSurroundings() {
    Ways by = there(ways);
    return new TunnelAgent.Surroundings(
        by.loops(),
        by.dialer(),
        by.datagrams(),
        DestinationGuard.operatorChosen(by.own()),
        by.own(),
        peers()::open,
        there(ground).clock(),
        Randomness.system());
  }

  private static <T> T there(@Nullable T value) {
    if (value == null) throw new IllegalStateException("tunnels stand on nothing");
    return value;
  }

  /** The server's part of a change. */
  private final class ServerDraft implements Prepared {
    private final Optional<TunnelServer> next;
    private final Prepared change;
    private final Map<String, Limit> showing;
    private final Map<String, Door> doors;

    ServerDraft(
        Optional<TunnelServer> next,
        Prepared change,
        Map<String, Limit> showing,
        Map<String, Door> doors) {
      this.next = next;
      this.change = change;
      this.showing = showing;
      this.doors = doors;
    }

    @Override
    public void commit() {
      TunnelServer before = server;
      change.commit();
      sites = showing;
      sockets = doors;
      server = next.orElse(null);
      if (before != null && next.isEmpty()) before.close();
    }

    @Override
    public void discard() {
      change.discard();
      if (next.isPresent() && next.get() != server) next.get().close();
    }
  }

  /** The agent's. */
  private final class AgentDraft implements Prepared {
    private final Optional<TunnelAgent> next;
    private final Prepared change;

    AgentDraft(Optional<TunnelAgent> next, Prepared change) {
      this.next = next;
      this.change = change;
    }

    @Override
    public void commit() {
      TunnelAgent before = agent;
      change.commit();
      agent = next.orElse(null);
      if (before != null && next.isEmpty()) before.close();
    }

    @Override
    public void discard() {
      change.discard();
    }
  }
}
