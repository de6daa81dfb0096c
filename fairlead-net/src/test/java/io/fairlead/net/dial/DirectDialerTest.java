package io.fairlead.net.dial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.ManualClock;
import io.fairlead.core.unit.Limit;
import io.fairlead.core.watch.WatchValue;
import io.fairlead.net.NetFixture;
import io.fairlead.net.listen.ListenerSpec;
import io.fairlead.net.loop.TransportKind;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DirectDialerTest {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final DestinationGuard ANY = DestinationGuard.operatorChosen(OwnAddresses.NONE);

  private final NetFixture net =
      new NetFixture(
          TransportKind.AUTO,
          Map.of(
              "two.test", List.of(InetAddress.ofLiteral("127.0.0.9"), LOOPBACK),
              "mixed.test", List.of(InetAddress.ofLiteral("169.254.169.254"), LOOPBACK)));

  @AfterEach
  void close() {
    net.close();
  }

  @ParameterizedTest
  @EnumSource(
      value = TransportKind.class,
      names = {"EPOLL", "NIO", "IO_URING"})
  void deliversAConnectedChannelOnTheLoopThatDoesNotReadYet(TransportKind kind) throws Exception {
    try (NetFixture own = new NetFixture(kind);
        ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
      EventLoop loop = own.loops.next();
      CompletableFuture<Channel> dialled = new CompletableFuture<>();
      CompletableFuture<Boolean> onLoop = new CompletableFuture<>();
      loop.execute(
          () ->
              own.dialer
                  .on(loop, ANY)
                  .dial(hostPort("localhost", server.getLocalPort()), Duration.ofSeconds(5))
                  .whenComplete(
                      (channel, _) -> {
                        onLoop.complete(loop.inEventLoop());
                        dialled.complete(channel);
                      }));
      Channel channel = dialled.get();
      assertThat(onLoop.get()).isTrue();
      assertThat(channel.eventLoop()).isSameAs(loop);
      assertThat(channel.config().isAutoRead()).isFalse();
      assertThat(channel.config().getOption(ChannelOption.TCP_NODELAY)).isTrue();
      assertThat(channel.config().getOption(ChannelOption.ALLOW_HALF_CLOSURE)).isTrue();
      channel.close().sync();
    }
  }

  @Test
  void goesToTheNextAddressWhenOneRefuses() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
      Channel channel = dial("two.test", server.getLocalPort(), ANY).get();
      assertThat(((InetSocketAddress) channel.remoteAddress()).getAddress()).isEqualTo(LOOPBACK);
      channel.close().sync();
    }
  }

  @Test
  void saysWhatWentWrong() throws Exception {
    int closed;
    try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
      closed = server.getLocalPort();
    }
    assertThat(failure(dial("127.0.0.1", closed, ANY))).isInstanceOf(DialException.Refused.class);
    assertThat(failure(dial("nowhere.test", 1, ANY))).isInstanceOf(DialException.Unresolved.class);
    assertThatThrownBy(
            () ->
                net.dialer
                    .on(net.loops.next(), ANY)
                    .dial(new Destination.Peer("p", "/x"), Duration.ofSeconds(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** A name that leads elsewhere at each lookup gains nothing by it: there is one for each dial. */
  @Test
  void aNameIsDialledWhereItWasCheckedHoweverItsAddressChanges() throws Exception {
    AtomicInteger lookups = new AtomicInteger();
    NameResolver changing =
        new NameResolver() {
          @Override
          public CompletionStage<List<InetAddress>> resolve(String host, EventLoop loop) {
            return CompletableFuture.completedStage(
                List.of(
                    lookups.getAndIncrement() % 2 == 0
                        ? LOOPBACK
                        : InetAddress.ofLiteral("169.254.169.254")));
          }

          @Override
          public void close() {}
        };
    DirectDialer dialer =
        new DirectDialer(net.loops, changing, net.clock, new Meters(new SimpleMeterRegistry()));
    PolicyGuard guard =
        new PolicyGuard(
            new DestinationPolicy(false, List.of(), true, List.of(), List.of()), OwnAddresses.NONE);
    try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
      Destination.HostPort name = hostPort("changing.test", server.getLocalPort());
      Duration time = Duration.ofSeconds(30);
      Channel channel =
          dialer
              .on(net.loops.next(), guard)
              .dial(name, time)
              .toCompletableFuture()
              .get(30, TimeUnit.SECONDS);
      assertThat(((InetSocketAddress) channel.remoteAddress()).getAddress()).isEqualTo(LOOPBACK);
      assertThat(lookups).hasValue(1);
      channel.close().sync();
      assertThat(failure(dialer.on(net.loops.next(), guard).dial(name, time).toCompletableFuture()))
          .isInstanceOf(DialException.Forbidden.class);
      assertThat(lookups).hasValue(2);
    }
  }

  @Test
  void dialsOnlyAddressesThatTheGuardLetsThrough() throws Exception {
    PolicyGuard guard =
        new PolicyGuard(
            new DestinationPolicy(false, List.of(), true, List.of(), List.of()), OwnAddresses.NONE);
    try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
      Channel channel = dial("mixed.test", server.getLocalPort(), guard).get();
      assertThat(((InetSocketAddress) channel.remoteAddress()).getAddress()).isEqualTo(LOOPBACK);
      channel.close().sync();
      PolicyGuard strict = new PolicyGuard(DestinationPolicy.DEFAULTS, OwnAddresses.NONE);
      DialException refusal = failure(dial("127.0.0.1", 443, strict));
      assertThat(refusal).isInstanceOf(DialException.Forbidden.class);
      assertThat(((DialException.Forbidden) refusal).fix()).contains("\"127.0.0.1:443\"");
    }
  }

  @Test
  void givesUpInTimeAndClosesLateConnections() throws Exception {
    CompletableFuture<List<InetAddress>> never = new CompletableFuture<>();
    NameResolver stuck =
        new NameResolver() {
          @Override
          public CompletableFuture<List<InetAddress>> resolve(String host, EventLoop loop) {
            return never;
          }

          @Override
          public void close() {}
        };
    DirectDialer dialer = new DirectDialer(net.loops, stuck, net.clock, net.meters);
    CompletableFuture<Channel> dialled =
        dialer
            .on(net.loops.next(), ANY)
            .dial(hostPort("slow.test", 1), Duration.ofMillis(50))
            .toCompletableFuture();
    assertThat(failure(dialled)).isInstanceOf(DialException.TimedOut.class);
    never.complete(List.of(LOOPBACK)); // too late: nothing may be opened now
    net.listen(
        NetFixture.local(
            "a",
            (channel, _) -> {
              channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
              channel.config().setAutoRead(true);
            }));
    for (int i = 0; i < 20; i++) {
      CompletableFuture<Channel> given =
          net.dialer
              .on(net.loops.next(), ANY)
              .dial(hostPort("127.0.0.1", net.port("a")), Duration.ofSeconds(5))
              .toCompletableFuture();
      if (!given.cancel(false)) given.join().close(); // the dial was faster: then it is ours
    }
    await().until(() -> net.listeners.openConnections() == 0);
  }

  @Test
  void dialsUnixSockets(@TempDir Path directory) throws Exception {
    Path path = directory.resolve("s");
    net.listen(
        ListenerSpec.of(
            "u",
            new io.fairlead.core.address.ListenAddress.Unix(path.toString()),
            (channel, _) -> channel.config().setAutoRead(true)));
    Channel channel =
        net.dialer
            .on(net.loops.next(), ANY)
            .dial(new Destination.UnixSocket(path.toString()), Duration.ofSeconds(5))
            .toCompletableFuture()
            .get();
    assertThat(channel.isActive()).isTrue();
    channel.close().sync();
    DialException missing =
        failure(
            net.dialer
                .on(net.loops.next(), ANY)
                .dial(new Destination.UnixSocket(path + "x"), Duration.ofSeconds(5))
                .toCompletableFuture());
    assertThat(missing).isInstanceOf(DialException.Refused.class);
  }

  @ParameterizedTest
  @CsvSource({
    "Connection refused, connect_refused",
    "Connection timed out, connect_timeout",
    "Network is unreachable, network_unreachable",
    "No route to host, host_unreachable",
    "Cannot assign requested address, resources_exhausted",
    "Too many open files, resources_exhausted",
    "Connection reset by peer, connect_refused",
    "anything else, host_unreachable",
  })
  void sortsFailures(String text, String code) {
    assertThat(ConnectFailure.of(hostPort("x.test", 1), new ConnectException(text)).code())
        .isEqualTo(code);
  }

  @Test
  void dnsCacheKeepsWithinTtlAndNamesMax() {
    ManualClock clock = new ManualClock();
    WatchValue<DnsLimits> limits = new WatchValue<>(DnsLimits.DEFAULTS);
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    DnsMeters meters = DnsMeters.of(new Meters(registry));
    BoundedDnsCache cache = new BoundedDnsCache(clock, BoundedDnsCache.TTL_MIN, limits, meters);
    EventLoop loop = net.loops.next();
    cache.cache("a.test", null, LOOPBACK, 0, loop);
    cache.cache("b.test", null, LOOPBACK, 1_000_000, loop);
    assertThat(cache.get("A.test.", null)).hasSize(1);
    clock.advance(Duration.ofSeconds(1));
    assertThat(cache.get("a.test", null)).isNull();
    clock.advance(Duration.ofMinutes(59));
    assertThat(cache.get("b.test", null)).hasSize(1);
    clock.advance(Duration.ofMinutes(1));
    assertThat(cache.get("b.test", null)).isNull();
    for (int i = 0; i < 10_010; i++) {
      cache.cache("n" + i + ".test", null, LOOPBACK, 60, loop);
    }
    assertThat(cache.size()).isEqualTo(10_000);
    assertThat(limited(registry, "dns_names")).isEqualTo(10);
    assertThat(limited(registry, "dns_ttl")).isEqualTo(1);
    assertThat(cache.get("n0.test", null)).isNull();

    Limit few = Limit.atMost(5);
    limits.set(new DnsLimits(few, Duration.ofSeconds(30), DnsLimits.DEFAULTS.query()));
    cache.cache("short.test", null, LOOPBACK, 600, loop);
    assertThat(cache.size()).as("a reload with a lower bound").isEqualTo(5);
    assertThat(limited(registry, "dns_ttl")).isEqualTo(2);
    clock.advance(Duration.ofSeconds(30));
    assertThat(cache.get("short.test", null)).isNull();
    limits.set(new DnsLimits(Limit.OFF, Duration.ofHours(1), DnsLimits.DEFAULTS.query()));
    for (int i = 0; i < 11_000; i++) {
      cache.cache("m" + i + ".test", null, LOOPBACK, 60, loop);
    }
    assertThat(cache.size()).isGreaterThanOrEqualTo(11_000);
  }

  private static double limited(SimpleMeterRegistry registry, String limit) {
    return registry.get("fairlead.limit.rejections").tag("limit", limit).counter().count();
  }

  @Test
  void readsNameServers() {
    assertThat(
            SystemNameServers.parse(
                List.of(
                    "# x",
                    "nameserver 192.0.2.53",
                    " nameserver  2001:db8::53 ",
                    "search a",
                    "nameserver [192.0.2.54]:5353",
                    "nameserver [2001:db8::54]:5353",
                    "nameserver [192.0.2.55]:0",
                    "nameserver [192.0.2.55]",
                    "nameserver x")))
        .containsExactly(
            new InetSocketAddress(InetAddress.ofLiteral("192.0.2.53"), 53),
            new InetSocketAddress(InetAddress.ofLiteral("2001:db8::53"), 53),
            new InetSocketAddress(InetAddress.ofLiteral("192.0.2.54"), 5353),
            new InetSocketAddress(InetAddress.ofLiteral("2001:db8::54"), 5353));
  }

  private CompletableFuture<Channel> dial(String host, int port, DestinationGuard guard) {
    return net.dialer
        .on(net.loops.next(), guard)
        .dial(hostPort(host, port), Duration.ofSeconds(5))
        .toCompletableFuture();
  }

  private static DialException failure(CompletableFuture<Channel> dialled) throws Exception {
    try {
      dialled.get().close();
      throw new AssertionError("connected");
    } catch (ExecutionException failed) {
      return Optional.ofNullable((DialException) failed.getCause()).orElseThrow();
    }
  }

  private static Destination.HostPort hostPort(String host, int port) {
    return new Destination.HostPort(host, port);
  }
}
