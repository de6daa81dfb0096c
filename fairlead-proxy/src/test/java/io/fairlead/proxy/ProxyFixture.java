package io.fairlead.proxy;

import io.fairlead.core.access.Membership;
import io.fairlead.core.access.WatchedEntitlements;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.ConfigReader;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Environment;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.Dialer;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Secret;
import io.fairlead.core.watch.WatchValue;
import io.fairlead.net.auth.AuthResult;
import io.fairlead.net.auth.Authenticator;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.DirectDialer;
import io.fairlead.net.dial.NameResolver;
import io.fairlead.net.dial.OwnAddresses;
import io.fairlead.net.http.Http1Edge;
import io.fairlead.net.http.HttpForwarder;
import io.fairlead.net.journal.AccessLog;
import io.fairlead.net.listen.Face;
import io.fairlead.net.live.ConnectionRegistry;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.TransportKind;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A proxy on a loopback port, with everything around it in the test's hands. */
final class ProxyFixture implements AutoCloseable {
  private static final RecordType<Map<String, ForwardConfig>> ROOT =
      RecordType.define(
          "Root",
          "a test's configuration",
          f -> {
            var forward = f.key("forward", ProxyConfig.SECTION, "services").required();
            var http = f.key("http", io.fairlead.core.config.Types.stringMap(), "sites").optional();
            return v -> {
              v.get(http);
              return v.get(forward);
            };
          });

  /** Names that exist here; of those below {@code slow.test} nobody ever hears. */
  static final NameResolver NAMES =
      new NameResolver() {
        @Override
        public CompletionStage<List<InetAddress>> resolve(String host, EventLoop loop) {
          if (host.endsWith(".slow.test")) return new CompletableFuture<>();
          return host.endsWith(".test")
              ? CompletableFuture.completedStage(List.of(InetAddress.getLoopbackAddress()))
              : CompletableFuture.failedStage(new UnknownHostException(host));
        }

        @Override
        public void close() {}
      };

  final EventLoops loops = EventLoops.create(1, TransportKind.NIO, "proxy-test");
  final Meters meters = new Meters(new SimpleMeterRegistry());
  final WatchValue<Membership> membership = new WatchValue<>(Membership.NONE);
  final WatchedEntitlements entitlements = new WatchedEntitlements(membership);
  final EventBus events = new EventBus();
  final ConnectionRegistry connections = new ConnectionRegistry(Clock.system(), meters);
  final Map<String, String> passwords = new HashMap<>();
  final DirectDialer direct = new DirectDialer(loops, NAMES, Clock.system(), meters);

  /** How connections are made; a test may put its own here. */
  @FunctionalInterface
  interface Out {
    Dialer<Channel> dialer(EventLoop loop, DestinationGuard guard);
  }

  volatile @Nullable Out egress;
  volatile HttpForwarder forwarder =
      (exchange, plan, more) -> {
        throw new IllegalStateException("this test forwards nothing");
      };
  volatile FallbackSites fallback = FallbackSites.NONE;
  final ProxyService service;
  private final Channel listener;

  ProxyFixture(String yaml, String... usersAndPasswords) throws Exception {
    loops.start();
    for (int i = 0; i < usersAndPasswords.length; i += 2) {
      passwords.put(usersAndPasswords[i], usersAndPasswords[i + 1]);
    }
    service =
        new ProxyService(
            new HttpEngine(
                new Http1Edge(Clock.system(), meters),
                (exchange, plan, more) -> forwarder.forward(exchange, plan, more),
                id -> fallback.site(id)),
            Egress.of(
                loops,
                direct,
                (loop, guard, options) -> {
                  Out own = egress;
                  return own == null ? direct.on(loop, guard, options) : own.dialer(loop, guard);
                },
                new NoExits()),
            OwnAddresses.NONE,
            (id, auth) -> accounts(),
            entitlements,
            new FlowJournal(events, meters, Clock.system(), AccessLog.OFF),
            Randomness.seeded(1));
    reload(yaml);
    Face face = service.face("main");
    listener =
        new ServerBootstrap()
            .group(loops.group())
            .channelFactory(loops.serverChannels(new InetSocketAddress(0)))
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
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .sync()
            .channel();
  }

  /** Reads {@code main: …} as the service named main and makes it the running configuration. */
  void reload(String yaml) throws ConfigException {
    service.prepare(new ProxyConfig(Map.of("main", read(yaml)))).commit();
  }

  static ForwardConfig read(String yaml) throws ConfigException {
    String text = "http: {site: x}\nforward:\n  main: " + yaml + "\n";
    ForwardConfig config =
        ConfigReader.read(
                ROOT,
                new ConfigSource("test.yaml", text, Path.of(".")),
                Environment.withVariables(Map.of()))
            .valueOrThrow()
            .get("main");
    return java.util.Objects.requireNonNull(config);
  }

  private Accounts accounts() {
    Map<String, String> now = Map.copyOf(passwords);
    Map<String, Secret> verifiers = new HashMap<>();
    now.forEach((user, password) -> verifiers.put(user, Secret.of(password)));
    Authenticator authenticator =
        (credentials, peer) -> {
          AuthResult result =
              Secret.of(now.getOrDefault(credentials.user(), "\0")).equals(credentials.password())
                  ? new AuthResult.Accepted(credentials.user(), Set.of())
                  : new AuthResult.Rejected("no");
          return CompletableFuture.supplyAsync(() -> result);
        };
    return new Accounts(authenticator, verifiers);
  }

  int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  RawClient client() throws Exception {
    return new RawClient(port());
  }

  double limited(String limit) {
    return meters.registry().get("fairlead.limit.rejections").tag("limit", limit).counter().count();
  }

  double rejected(String reason) {
    return meters.registry().get("fairlead.proxy.rejected").tag("reason", reason).counter().count();
  }

  @Override
  public void close() throws Exception {
    listener.close().sync();
    connections.list().forEach(connection -> connection.cut("test over"));
    org.awaitility.Awaitility.await()
        .atMost(Duration.ofSeconds(5))
        .until(connections::size, n -> n == 0);
    service.close();
    events.close();
    loops.close();
  }

  /** No tunnels. */
  private static final class NoExits implements Egress.Exits {
    @Override
    public Dialer<Channel> by(EventLoop loop, Through agent) {
      throw new IllegalStateException("no tunnels here");
    }

    @Override
    public Egress.Datagrams datagrams(
        EventLoop loop, Through agent, Destination.HostPort to, Consumer<ByteBuf> answers) {
      throw new IllegalStateException("no tunnels here");
    }
  }
}
