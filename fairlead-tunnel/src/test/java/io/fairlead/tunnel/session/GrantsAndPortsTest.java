package io.fairlead.tunnel.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.address.PortRange;
import io.fairlead.tunnel.codec.Offer;
import io.fairlead.tunnel.codec.ServiceKind;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrantsAndPortsTest {
  private static final Grants GRANTS =
      new Grants(
          List.of("web", "db-*"),
          List.of("a.example", "*.apps.example"),
          Optional.of("box.gw.example"),
          List.of(new PortRange(20_000, 20_010)),
          List.of(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          10,
          Set.of(ServiceKind.TCP, ServiceKind.UDP, ServiceKind.HTTP));

  private static Offer offer(String name, ServiceKind kind, int port, String... hosts) {
    return new Offer(
        name,
        kind,
        List.of(hosts),
        port,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Offer.Requests.PLAIN,
        OptionalLong.empty());
  }

  @ParameterizedTest
  @CsvSource({
    "web, a.example, true",
    "web, b.example, false",
    "web, x.apps.example, true",
    "web, x.y.apps.example, true",
    "web, *.x.apps.example, true",
    "web, apps.example, false",
    "web, *.example, false",
    "web, box.gw.example, true",
    "web, x.box.gw.example, true",
    "web, notbox.gw.example, false",
    "web, gw.example, false",
    "db-1, a.example, true",
    "db, a.example, false",
    "other, a.example, false"
  })
  void namesAndHostsAreAllowedOrNot(String name, String host, boolean allowed) {
    assertThat(GRANTS.refusal(offer(name, ServiceKind.HTTP, 0, host)).isEmpty()).isEqualTo(allowed);
  }

  @ParameterizedTest
  @CsvSource({"TCP, 0, true", "TCP, 20005, true", "TCP, 20011, false", "UDP, 20005, false"})
  void portsAreAllowedOrNot(ServiceKind kind, int port, boolean allowed) {
    assertThat(GRANTS.refusal(offer("web", kind, port)).isEmpty()).isEqualTo(allowed);
  }

  @Test
  void kindsAreAllowedOrNot() {
    assertThat(GRANTS.refusal(offer("web", ServiceKind.HTTPS, 0, "a.example"))).isPresent();
  }

  @Test
  void whoHadAPortGetsItAgainForADay() {
    PortPool pool = new PortPool();
    pool.range(Optional.of(new PortRange(100, 102)));
    assertThat(pool.takeAny("a", 0)).isEqualTo(OptionalInt.of(100));
    assertThat(pool.takeAny("b", 0)).isEqualTo(OptionalInt.of(101));
    pool.free(100, 0);
    assertThat(pool.takeAny("c", 1)).as("100 is a's for a day").isEqualTo(OptionalInt.of(102));
    assertThat(pool.takeAny("a", 2)).isEqualTo(OptionalInt.of(100));
    pool.free(100, 2);
    long soon = Duration.ofMinutes(9).toNanos();
    assertThat(pool.takeAny("d", soon)).as("a may be back any moment").isEmpty();
    long later = Duration.ofMinutes(11).toNanos();
    assertThat(pool.takeAny("d", later)).as("the last one left").isEqualTo(OptionalInt.of(100));
    assertThat(pool.takeAny("a", later)).isEmpty();
    pool.free(101, later);
    long nextDay = Duration.ofHours(25).toNanos();
    assertThat(pool.takeAny("e", nextDay)).isEqualTo(OptionalInt.of(101));
  }

  @Test
  void aPortIsOneHolders() {
    PortPool pool = new PortPool();
    assertThat(pool.take(22, "a")).isTrue();
    assertThat(pool.take(22, "a")).isTrue();
    assertThat(pool.take(22, "b")).isFalse();
    assertThat(pool.holder(22)).contains("a");
    assertThat(pool.takeAny("a", 0)).as("there is no range").isEmpty();
  }

  @Test
  void aPortThatAnotherProgramHasIsTriedAgainLater() {
    PortPool pool = new PortPool();
    pool.range(Optional.of(new PortRange(100, 100)));
    assertThat(pool.takeAny("a", 0)).isEqualTo(OptionalInt.of(100));
    pool.block(100, 0);
    assertThat(pool.takeAny("a", PortPool.BLOCK_NANOS - 1)).isEmpty();
    assertThat(pool.takeAny("a", PortPool.BLOCK_NANOS)).isEqualTo(OptionalInt.of(100));
    pool.block(100, 0);
    assertThat(pool.take(100, "b")).as("asked for by number").isTrue();
  }

  @Test
  void waitsGrowToAMinuteAndNeverBeyond() {
    Backoff backoff = new Backoff();
    Random chance = new Random(20_261_122);
    Duration limit = Duration.ofMillis(500);
    for (int i = 0; i < 20; i++) {
      assertThat(backoff.next(chance)).isBetween(Duration.ZERO, limit);
      limit = limit.multipliedBy(2);
      if (limit.compareTo(Duration.ofSeconds(60)) > 0) limit = Duration.ofSeconds(60);
    }
    backoff.reset();
    assertThat(backoff.next(chance)).isLessThanOrEqualTo(Duration.ofMillis(500));
  }

  @Test
  void aServerThatSendsAwayAtOnceIsNotDialledWithoutAPause() {
    Backoff backoff = new Backoff();
    Random chance = new Random(20_261_124);
    long now = 7_000_000_000L;
    assertThat(backoff.successor(now, chance)).isZero();
    Duration waited = Duration.ZERO;
    for (int i = 0; i < 12; i++) {
      Duration wait = backoff.successor(now, chance);
      waited = waited.plus(wait);
      now += Math.min(wait.toNanos(), 900_000_000L);
    }
    assertThat(waited).as("twelve times").isGreaterThan(Duration.ofSeconds(10));
    now += 1_000_000_000L;
    assertThat(backoff.successor(now, chance)).as("an ordinary upgrade").isZero();
  }
}
