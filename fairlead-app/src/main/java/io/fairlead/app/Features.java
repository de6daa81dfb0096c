package io.fairlead.app;

import io.fairlead.app.config.ListenerConfig;
import io.fairlead.app.mqtt.BrokerId;
import io.fairlead.app.mqtt.EventTopics;
import io.fairlead.app.mqtt.FoundExtensions;
import io.fairlead.app.pubsub.BrokerOut;
import io.fairlead.app.pubsub.ChainTopics;
import io.fairlead.app.registry.BrokerTopics;
import io.fairlead.app.registry.GatewayChains;
import io.fairlead.app.registry.GatewaySources;
import io.fairlead.app.registry.PoolMembers;
import io.fairlead.app.registry.RegistryTopics;
import io.fairlead.app.relay.RelayLists;
import io.fairlead.core.access.Entitlements;
import io.fairlead.core.access.Membership.Use;
import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.config.Reloadable;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.core.lifecycle.ServiceTree;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.membership.MembershipKeeper;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.http.HttpService;
import io.fairlead.http.echo.DatagramEcho;
import io.fairlead.http.echo.EchoFace;
import io.fairlead.http.upstream.UpstreamStreams;
import io.fairlead.libp2p.host.HostEnvironment;
import io.fairlead.libp2p.host.RecordSequence;
import io.fairlead.libp2p.netty.Transport;
import io.fairlead.mqtt.MqttBroker;
import io.fairlead.net.auth.AuthThrottle;
import io.fairlead.net.dial.DatagramDialer;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.DialOptions;
import io.fairlead.net.dial.DirectDialer;
import io.fairlead.net.dial.NameResolver;
import io.fairlead.net.dial.OwnAddresses;
import io.fairlead.net.dial.ServiceLookup;
import io.fairlead.net.http.HttpEdge;
import io.fairlead.net.http.PoolSettings;
import io.fairlead.net.http.PooledForwarder;
import io.fairlead.net.http.UpstreamPool;
import io.fairlead.net.http2.Http2Upstreams;
import io.fairlead.net.journal.AccessLog;
import io.fairlead.net.listen.DatagramFace;
import io.fairlead.net.listen.Face;
import io.fairlead.net.listen.ListenerSet;
import io.fairlead.net.listen.ListenerSpec;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.overload.SheddingDials;
import io.fairlead.proxy.Egress;
import io.fairlead.proxy.FlowJournal;
import io.fairlead.proxy.HttpEngine;
import io.fairlead.proxy.ProxyConfig;
import io.fairlead.proxy.ProxyService;
import io.fairlead.proxy.UsersAccounts;
import io.fairlead.proxy.stream.DatagramMeters;
import io.fairlead.proxy.stream.StreamJournal;
import io.fairlead.proxy.stream.StreamService;
import io.fairlead.pubsub.chain.ChainServices;
import io.fairlead.registry.RegistryService;
import io.fairlead.registry.reconcile.NameLookup;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the listeners show, and the one way out that all of it shares. */
final class Features implements AutoCloseable, ListenerPlan.Faces {
  private final NameResolver resolver;
  private final ServiceLookup lookup;
  private final HttpService http;
  private final ProxyService proxy;
  private final StreamService streams;
  private final EchoFace echo;
  private final DatagramEcho datagramEcho;
  private final PoolMembers pools;
  private final MqttFeature mqtt;
  private final PubSubFeature pubsub;
  private final TunnelFeature tunnels;
  private final RelayFeature relay;
  private final OwnAddresses own;
  private final GatewayJournal journal;
  private final Supplier<GatewayConfig> running;
  private final EventLoops loops;
  private @Nullable RegistryTopics topics; // made with the registry
  private final EventBus events;
  private final Meters meters;
  private final Clock clock;

  /**
   * @param running the running configuration
   * @param journal hears of each request and stream, and of other work
   * @param late is told how to make the broker, the tunnels' ways, and what the relay stands on
   */
  Features(
      EventLoops loops,
      SystemDns dns,
      HttpEdge edge,
      OwnAddresses own,
      Entitlements entitlements,
      EventBus events,
      Meters meters,
      Clock clock,
      Supplier<GatewayConfig> running,
      GatewayJournal journal,
      LateFeatures late) {
    this.journal = journal;
    AccessLog access = journal.entries();
    this.running = running;
    this.loops = loops;
    this.events = events;
    this.meters = meters;
    this.clock = clock;
    Randomness randomness = Randomness.system();
    AuthThrottle throttle = new AuthThrottle(clock, meters);
    this.mqtt = late.mqtt();
    this.tunnels = late.tunnels();
    this.relay = late.relay();
    this.own = own;
    resolver = NameResolver.ofSystem(loops, dns.servers(), dns.limits(), clock, meters);
    DirectDialer dialer = new DirectDialer(loops, resolver, clock, meters);
    mqtt.madeBy(
        config ->
            MqttBroker.builder()
                .extensionsFrom(new FoundExtensions())
                .store(MqttStores.of(config, meters, clock))
                .loops(loops)
                .edge(edge)
                .meters(meters)
                .entitlements(entitlements.of(Use.MQTT_CLIENTS))
                .events(events)
                .clock(clock)
                .randomness(randomness)
                .throttle(throttle)
                .budget(mqtt.budget())
                .gateway(() -> running.get().name())
                .version(Version.current())
                .dialer(dialer, DestinationGuard.operatorChosen(own))
                .brokerId(BrokerId.of(config.runtime().stateDir(), randomness))
                .build(),
        running);
    ChainTopics chainTopics =
        new ChainTopics(
            new ChainTopics.Surroundings(
                () -> pubsub().chains(),
                () -> running.get().runtime().stateDir(),
                () -> running.get().name(),
                meters,
                clock));
    pubsub =
        new PubSubFeature(
            () -> new ChainServices(loops, meters, clock, randomness, journal.work()), chainTopics);
    mqtt.whileItServes(
        broker ->
            chainTopics.begin(new BrokerOut(broker, () -> running.get().mqtt().events().prefix())),
        chainTopics::leave);
    UpstreamPool pool =
        new UpstreamPool(
            PoolSettings.DEFAULTS, clock, meters, randomness, new Http2Upstreams(clock));
    lookup = ServiceLookup.of(loops, loops.loops().getFirst(), resolver, dns.servers());
    PooledForwarder forwarder = new PooledForwarder(pool, clock, meters);
    // Made before what it is laid over: dials ask it which names a stranger gave.
    pools =
        new PoolMembers(
            () -> running.get().upstreams(), (s, u, o, l) -> http().upstreams().say(s, u, o, l));
    http =
        new HttpService(
            tunnels.before(edge),
            forwarder,
            new UpstreamDials(
                loops,
                new UpstreamDials.Ways(dialer, tunnels::member),
                own,
                pool,
                lookup,
                pools::guarded,
                meters),
            entitlements,
            events,
            meters,
            clock,
            randomness,
            access,
            throttle);
    SheddingDials shedding = new SheddingDials(dialer, loops, meters);
    proxy =
        new ProxyService(
            new HttpEngine(edge, forwarder, http::handler),
            Egress.of(loops, dialer, shedding::on, new TunnelExits(tunnels::server)),
            own,
            new UsersAccounts(
                clock, meters, throttle, entitlements.membership(), () -> running.get().name()),
            entitlements.of(Use.PROXY_USERS),
            new FlowJournal(events, meters, clock, access),
            randomness);
    streams =
        new StreamService(
            new UpstreamStreams(http.upstreams(), clock),
            relay.before(
                (loop, guard, preface) -> shedding.on(loop, guard, DialOptions.NONE, preface)),
            new DatagramDialer(loops, resolver),
            own,
            new StreamJournal(events, meters, clock, access),
            new DatagramMeters(meters),
            edge);
    tunnels.goesBy(
        new TunnelFeature.Ways(
            loops,
            dialer,
            new DatagramDialer(loops, resolver),
            own,
            forwarder,
            services -> pool.retire(key -> services.contains(key.destination())),
            access));
    echo = new EchoFace(edge, meters);
    datagramEcho = new DatagramEcho(meters);
  }

  HttpService http() {
    return http;
  }

  /** The registry, over these pools. */
  RegistryService registry(GatewayConfig config, MembershipKeeper keeper, AuditTrail audit) {
    NameLookup names =
        name ->
            lookup
                .addresses(name, 0)
                .thenApply(
                    answer ->
                        new NameLookup.Answer(
                            answer.hosts().stream().map(ServiceLookup.Host::address).toList(),
                            answer.ttl()));
    RegistryService registry =
        new RegistryService(
            config.registry(),
            new RegistryService.Surroundings(
                keeper,
                pools,
                names,
                new GatewaySources(
                    new GatewayChains(Optional.of(loops), clock), events, meters, clock),
                config.runtime().stateDir()),
            audit,
            events,
            meters,
            clock,
            Randomness.system());
    registry.tellsOfCycles(journal.work());
    RelayLists lists =
        new RelayLists(
            registry.relays(), config.runtime().stateDir().resolve("relay.lists"), clock);
    registry.onRead(lists::read);
    relay.standsOn(
        new RelayFeature.Ground(
            new HostEnvironment(
                loops,
                resolver,
                Transport.WebSocketTls.NONE,
                clock,
                Randomness.system(),
                meters,
                RecordSequence.in(config.runtime().stateDir().resolve("libp2p.sequence"))),
            streams::face,
            keeper,
            own,
            lists,
            events,
            running));
    topics = new RegistryTopics(() -> registry, config::name, events, meters, clock);
    RegistryTopics told = topics;
    mqtt.onBroker(
        broker -> {
          told.broker(new BrokerTopics(broker, () -> running.get().mqtt().events()));
          EventTopics.follow(
              events, broker, () -> running.get().mqtt().events(), () -> running.get().name());
        });
    return registry;
  }

  ProxyService proxy() {
    return proxy;
  }

  StreamService streams() {
    return streams;
  }

  /** Tunnels and streams open now. */
  long flows() {
    return proxy.flows() + streams.flows() + tunnels.streams();
  }

  TunnelFeature tunnels() {
    return tunnels;
  }

  RelayFeature relay() {
    return relay;
  }

  @Override
  public List<ListenerSpec> others() {
    return tunnels.listeners();
  }

  MqttFeature mqtt() {
    return mqtt;
  }

  PubSubFeature pubsub() {
    return pubsub;
  }

  /** In the order they prepare: sites and upstreams before what may lead to them. */
  List<Reloadable<GatewayConfig>> reloadables() {
    List<Reloadable<GatewayConfig>> all = new ArrayList<>(journal.reloadables());
    all.addAll(features());
    return all;
  }

  private List<Reloadable<GatewayConfig>> features() {
    return List.of(
        next -> {
          http.streamDrain(next.runtime().drain().stream());
          return http.prepare(new HttpService.Config(next.http(), next.upstreams(), next.zones()));
        },
        next -> proxy.prepare(new ProxyConfig(next.forward())),
        next -> {
          streams.streamDrain(next.runtime().drain().stream());
          return streams.prepare(next.streams());
        },
        mqtt,
        pubsub,
        tunnels,
        relay,
        tunnels.peers());
  }

  /** The face behind a listener; its service was prepared. */
  @Override
  public Face of(ListenerConfig listener) {
    return switch (listener.proto()) {
      case MIXED -> proxy.face(listener.service().orElseThrow().id());
      case HTTP -> http.face(listener.service().orElseThrow().id());
      case TCP, UDP -> streams.face(listener.service().orElseThrow().id());
      case ECHO -> echo;
      case MQTT -> mqtt.face();
    };
  }

  /** What a listener shows at the UDP side of its address. */
  @Override
  public Optional<DatagramFace> datagrams(ListenerConfig listener) {
    return switch (listener.proto()) {
      case UDP -> Optional.of(streams.datagrams(listener.service().orElseThrow().id()));
      // Datagrams would be in the clear beside a TLS listener.
      case ECHO -> listener.tls().isEmpty() ? Optional.of(datagramEcho) : Optional.empty();
      case MIXED, HTTP, TCP, MQTT -> Optional.empty();
    };
  }

  /** Opens everything once, serves nobody, and closes it again. */
  void check(Service state, Service loops, Service trial, ListenerSet listeners)
      throws StartException, InterruptedException {
    try (ServiceTree checked = new ServiceTree(List.of(state, loops, http, proxy, trial))) {
      checked.start();
      listeners.close();
    }
  }

  @Override
  public void close() {
    if (topics != null) topics.close();
    lookup.close();
    resolver.close();
  }
}
