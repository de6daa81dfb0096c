package io.fairlead.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.app.registry.PoolMembers;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.core.dial.Dialer;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.http.UpstreamsConfig;
import io.fairlead.http.upstream.UpstreamConfig;
import io.fairlead.net.dial.DirectDialer;
import io.fairlead.net.dial.NameResolver;
import io.fairlead.net.dial.OwnAddresses;
import io.fairlead.net.dial.ServiceLookup;
import io.fairlead.net.http.ForwardPlan;
import io.fairlead.net.http.PoolSettings;
import io.fairlead.net.http.UpstreamPool;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.TransportKind;
import io.fairlead.registry.target.UpstreamMembers.Member;
import io.fairlead.testkit.RecordingServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Where a list from elsewhere may send us: public places only, in every way we dial. */
class UpstreamDialsTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  /** Every name leads to this machine. */
  private static final NameResolver HERE =
      new NameResolver() {
        @Override
        public CompletionStage<List<InetAddress>> resolve(String host, EventLoop loop) {
          return CompletableFuture.completedStage(List.of(InetAddress.ofLiteral("127.0.0.1")));
        }

        @Override
        public void close() {}
      };

  private enum Way {
    PLAIN,
    TLS,
    TLS_AUTO,
    TLS_H2
  }

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final EventLoops loops = EventLoops.create(1, TransportKind.NIO, "test");
  private final PoolMembers members =
      new PoolMembers(() -> UpstreamsConfig.NONE, (source, upstream, overlay, leaving) -> 0);
  private RecordingServer server;
  private UpstreamDials dials;

  @BeforeEach
  void start() throws Exception {
    Meters meters = new Meters(registry);
    EventLoop loop = loops.loops().getFirst();
    server = RecordingServer.http(_ -> RecordingServer.response(200, "reached"));
    dials =
        new UpstreamDials(
            loops,
            new UpstreamDials.Ways(
                new DirectDialer(loops, HERE, Clock.system(), meters),
                (_, to, _) ->
                    CompletableFuture.failedFuture(
                        new DialException.Unreachable(to, false, "no tunnels here"))),
            OwnAddresses.NONE,
            new UpstreamPool(PoolSettings.DEFAULTS, Clock.system(), meters),
            new ServiceLookup(loops, loop, HERE),
            members::guarded,
            meters);
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
    loops.close();
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void aStrangersNameThatLeadsToAPrivatePlaceIsNeverDialled(Way way) throws Exception {
    members.set("app", List.of(member("web.example", true)), Set.of());
    assertThatThrownBy(() -> dial(way, "app", "web.example"))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(DialException.Forbidden.class);
    assertThat(server.conversations()).isEmpty();
    assertThat(registry.get("fairlead.registry.dials.refused").counter().count()).isEqualTo(1);
  }

  @Test
  void theOperatorsOwnNameMayBeAnywhere() throws Exception {
    members.set("app", List.of(member("web.example", false)), Set.of());
    Channel channel = dial(Way.PLAIN, "app", "web.example");
    assertThat(channel.isActive()).isTrue();
    channel.close();
  }

  @Test
  void aStrangerCannotTakeAnotherUpstreamsPlaceAway() throws Exception {
    members.set("strange", List.of(member("web.example", true)), Set.of());
    Channel channel = dial(Way.PLAIN, "app", "web.example");
    assertThat(channel.isActive()).isTrue();
    channel.close();
    assertThatThrownBy(() -> dial(Way.PLAIN, "strange", "web.example"))
        .hasCauseInstanceOf(DialException.Forbidden.class);
  }

  private Member member(String host, boolean guarded) {
    String place = host + ":" + server.port();
    return new Member(place, place, 1, false, guarded);
  }

  private Channel dial(Way way, String upstream, String host) throws Exception {
    EventLoop loop = loops.loops().getFirst();
    Dialer<Channel> dialer =
        switch (way) {
          case PLAIN -> dials.plain(loop, upstream, Optional.empty());
          case TLS -> secured(upstream).on(loop, host, ForwardPlan.Protocol.H1, Optional.empty());
          case TLS_AUTO ->
              secured(upstream).on(loop, host, ForwardPlan.Protocol.AUTO, Optional.empty());
          case TLS_H2 ->
              secured(upstream).on(loop, host, ForwardPlan.Protocol.H2, Optional.empty());
        };
    return dialer
        .dial(new Destination.HostPort(host, server.port()), TIMEOUT)
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  private io.fairlead.http.upstream.Dials.Secured secured(String upstream) throws Exception {
    return dials.secured(upstream, UpstreamConfig.TlsConfig.DEFAULTS);
  }
}
