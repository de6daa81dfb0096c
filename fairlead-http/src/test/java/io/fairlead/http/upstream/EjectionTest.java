package io.fairlead.http.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.ManualClock;
import io.fairlead.http.health.HealthState;
import io.fairlead.http.health.Tally;
import io.fairlead.net.http.ForwardPlan;
import io.fairlead.net.http.PoolSettings;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class EjectionTest {
  private final ManualClock clock = new ManualClock();
  private final UpstreamConfig config =
      UpstreamConfig.of(
          List.of(new Destination.HostPort("a.test", 80), new Destination.HostPort("b.test", 80)));
  private final Cluster cluster =
      new Cluster(
          "c",
          new Cluster.Settings(config, (_, _, _, _) -> null, 1, "p"),
          new NoDials(),
          new Stickiness(new byte[32]),
          new Judge(),
          clock,
          Randomness.seeded(5));

  /** Judges at once, as the upkeep does a little later. */
  private static final class Judge implements HealthNews {
    @Override
    public void changed(Change change) {}

    @Override
    public void suspect(Cluster cluster, Endpoint endpoint, Tally.Suspicion suspicion) {
      cluster.suspected(endpoint, suspicion);
    }

    @Override
    public void ejected() {}
  }

  @Test
  void whoComesBackBeginsAnew() {
    cluster.enroll(Membership.NONE.configured(config.endpoints()));
    Endpoint bad = cluster.endpoints().getFirst();
    fail(bad, 3);
    assertThat(bad.state()).isEqualTo(HealthState.EJECTED);
    fail(bad, 3); // were under way, or came in a panic
    clock.advance(Duration.ofSeconds(31));
    cluster.passTime(clock.nanos());
    assertThat(bad.state().usable()).isTrue();
    fail(bad, 2);
    assertThat(bad.state().usable()).as("two failures are not three").isTrue();
    fail(bad, 1);
    assertThat(bad.state()).isEqualTo(HealthState.EJECTED);
  }

  private void fail(Endpoint endpoint, int times) {
    for (int i = 0; i < times; i++) {
      endpoint.began();
      cluster.ended(endpoint, Tally.Outcome.GATEWAY_ERROR, cluster.term());
    }
  }

  /** Nothing is dialled. */
  private static final class NoDials implements Dials {
    @Override
    public EventLoop loop() {
      throw new UnsupportedOperationException("loop");
    }

    @Override
    public io.fairlead.core.dial.Dialer<io.netty.channel.Channel> plain(
        EventLoop loop, String upstream, Optional<io.fairlead.net.dial.Preface> preface) {
      throw new UnsupportedOperationException("plain");
    }

    @Override
    public Secured secured(String upstream, UpstreamConfig.TlsConfig tls) {
      throw new UnsupportedOperationException("secured");
    }

    @Override
    public CompletionStage<Found> lookUp(DiscoveryConfig discovery) {
      return CompletableFuture.failedStage(new UnsupportedOperationException("lookUp"));
    }

    @Override
    public void tune(String partition, PoolSettings settings) {}

    @Override
    public void warm(ForwardPlan.Key key, int count, Connector connector) {}

    @Override
    public void retire(Predicate<ForwardPlan.Key> gone) {}

    @Override
    public void cut(Predicate<ForwardPlan.Key> gone) {}
  }
}
