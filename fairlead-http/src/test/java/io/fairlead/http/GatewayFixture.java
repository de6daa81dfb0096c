package io.fairlead.http;

import io.fairlead.core.access.Entitlements;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.Dialer;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.http.SiteConfig.Headers;
import io.fairlead.http.SiteConfig.RouteConfig;
import io.fairlead.http.balance.Method;
import io.fairlead.http.rate.ZoneConfig;
import io.fairlead.http.rate.Zones;
import io.fairlead.http.route.PathPattern;
import io.fairlead.http.route.RouteMatch;
import io.fairlead.http.upstream.BalanceConfig;
import io.fairlead.http.upstream.Dials;
import io.fairlead.http.upstream.DiscoveryConfig;
import io.fairlead.http.upstream.UpstreamConfig;
import io.fairlead.net.auth.AuthThrottle;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.DialOptions;
import io.fairlead.net.dial.DirectDialer;
import io.fairlead.net.dial.NameResolver;
import io.fairlead.net.dial.OwnAddresses;
import io.fairlead.net.dial.Preface;
import io.fairlead.net.http.ForwardPlan;
import io.fairlead.net.http.Http1Edge;
import io.fairlead.net.http.PoolSettings;
import io.fairlead.net.http.PooledForwarder;
import io.fairlead.net.http.UpstreamPool;
import io.fairlead.net.journal.AccessLog;
import io.fairlead.net.listen.Face;
import io.fairlead.net.live.ConnectionRegistry;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.TransportKind;
import io.fairlead.net.tls.ClientTls;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Predicate;

/** An HTTP service with real sockets and no listener set. */
public final class GatewayFixture implements AutoCloseable {
  private static final NameResolver NO_NAMES =
      new NameResolver() {
        @Override
        public CompletionStage<List<InetAddress>> resolve(String host, EventLoop loop) {
          return CompletableFuture.failedStage(new UnknownHostException(host));
        }

        @Override
        public void close() {}
      };

  private final Clock clock = Clock.system();
  private final Meters meters = new Meters(new SimpleMeterRegistry());
  private final EventLoops loops = EventLoops.create(2, TransportKind.AUTO, "http-test");
  private final ConnectionRegistry connections = new ConnectionRegistry(clock, meters);
  private final List<Channel> servers = new ArrayList<>();
  public final EventBus events = new EventBus();
  public final Http1Edge edge = new Http1Edge(clock, meters);
  public final List<ForwardPlan.Key> retired = new CopyOnWriteArrayList<>();
  public final HttpService service;
  public volatile Function<DiscoveryConfig, CompletionStage<Dials.Found>> lookups =
      discovery -> CompletableFuture.failedStage(new UnknownHostException(discovery.name()));

  public GatewayFixture() {
    UpstreamPool pool = new UpstreamPool(PoolSettings.DEFAULTS, clock, meters);
    DirectDialer dialer = new DirectDialer(loops, NO_NAMES, clock, meters);
    DestinationGuard guard = DestinationGuard.operatorChosen(OwnAddresses.NONE);
    Dials dials =
        new Dials() {
          @Override
          public EventLoop loop() {
            return loops.loops().getFirst();
          }

          @Override
          public CompletionStage<Found> lookUp(DiscoveryConfig discovery) {
            return lookups.apply(discovery);
          }

          @Override
          public void tune(String partition, PoolSettings settings) {
            pool.tune(partition, settings);
          }

          @Override
          public void warm(ForwardPlan.Key key, int count, Connector connector) {
            for (EventLoop loop : loops.loops()) {
              pool.warm(loop, key, count, connector.on(loop), Duration.ofSeconds(5));
            }
          }

          @Override
          public void cut(Predicate<ForwardPlan.Key> gone) {
            pool.cut(gone);
          }

          @Override
          public Dialer<Channel> plain(EventLoop loop, String upstream, Optional<Preface> preface) {
            return dialer.on(loop, guard, DialOptions.NONE, preface);
          }

          @Override
          public Secured secured(String upstream, UpstreamConfig.TlsConfig tls)
              throws ConfigException {
            ClientTls client =
                tls.insecureSkipVerify() ? ClientTls.insecure() : ClientTls.systemTrust();
            return (loop, name, protocol, preface) ->
                dialer.secured(loop, guard, DialOptions.NONE, client, name, preface);
          }

          @Override
          public void retire(Predicate<ForwardPlan.Key> gone) {
            pool.retire(
                key -> {
                  boolean matches = gone.test(key);
                  if (matches) retired.add(key);
                  return matches;
                });
          }
        };
    service =
        new HttpService(
            edge,
            new PooledForwarder(pool, clock, meters),
            dials,
            Entitlements.unrestricted(),
            events,
            meters,
            clock,
            Randomness.seeded(1),
            AccessLog.OFF,
            new AuthThrottle(clock, meters));
  }

  public Meters meters() {
    return meters;
  }

  /** Runs a site called {@code site} with these upstreams. */
  public GatewayFixture configure(SiteConfig site, Map<String, UpstreamConfig> upstreams)
      throws ConfigException {
    return configure(site, upstreams, Map.of());
  }

  /** Runs a site called {@code site} with these upstreams and rates. */
  public GatewayFixture configure(
      SiteConfig site, Map<String, UpstreamConfig> upstreams, Map<String, ZoneConfig> zones)
      throws ConfigException {
    Prepared prepared =
        service.prepare(
            new HttpService.Config(
                new HttpConfig(Map.of("site", site)),
                new UpstreamsConfig(upstreams),
                new Zones.Config(zones)));
    prepared.commit();
    return this;
  }

  /** Listens with the face of {@code site}. */
  public int listen() throws InterruptedException {
    return listen(service.face("site"));
  }

  public int listen(Face face) throws InterruptedException {
    InetSocketAddress any = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
    Channel server =
        new ServerBootstrap()
            .group(loops.group())
            .channelFactory(loops.serverChannels(any))
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    face.attach(
                        channel, connections.register(channel, "test", channel.remoteAddress()));
                  }
                })
            .bind(any)
            .sync()
            .channel();
    servers.add(server);
    return ((InetSocketAddress) server.localAddress()).getPort();
  }

  public static RouteConfig route(String path, ActionConfig action) {
    return new RouteConfig(path, match(path), action, Headers.NONE, Optional.empty(), List.of());
  }

  public static RouteMatch match(String path) {
    RouteMatch all = RouteMatch.EVERYTHING;
    return new RouteMatch(
        all.hosts(),
        Optional.of(PathPattern.parse(path)),
        all.methods(),
        all.schemes(),
        all.fields(),
        all.query(),
        all.clientIps(),
        all.remoteIps());
  }

  public static UpstreamConfig upstream(int... ports) {
    List<Destination> destinations = new ArrayList<>();
    for (int port : ports) destinations.add(new Destination.HostPort("127.0.0.1", port));
    return UpstreamConfig.of(destinations).with(BalanceConfig.DEFAULTS.by(Method.ROUND_ROBIN));
  }

  @Override
  public void close() {
    servers.forEach(server -> server.close().syncUninterruptibly());
    connections.list().forEach(connection -> connection.cut("test over"));
    service.close();
    loops.close();
    events.close();
  }
}
