package io.fairlead.http.rate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.ManualClock;
import io.fairlead.http.rate.Zone.Outcome;
import io.fairlead.http.rate.ZoneConfig.Excess;
import io.fairlead.http.route.Template;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ZonesTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final ManualClock clock = new ManualClock();
  private final Zones zones = new Zones(new Meters(registry), clock);

  @Test
  void eachKeyHasItsOwnRate() {
    Zone zone = running(config("1/s", 1, Excess.REJECT, 100));

    assertThat(take(zone, "a")).isInstanceOf(Outcome.Pass.class);
    assertThat(take(zone, "a")).isInstanceOf(Outcome.Pass.class);
    assertThat(take(zone, "a")).isEqualTo(new Outcome.Refuse(1_000_000_000L, 2, 2_000_000_000L));
    assertThat(take(zone, "b")).isInstanceOf(Outcome.Pass.class);
    clock.advance(Duration.ofSeconds(1));
    assertThat(take(zone, "a")).isInstanceOf(Outcome.Pass.class);
    assertThat(counted("passed")).isEqualTo(4);
    assertThat(counted("refused")).isEqualTo(1);
  }

  @Test
  void aDelayingZonePutsTheBurstInARow() {
    Zone zone = running(config("10/s", 2, Excess.DELAY, 100));

    assertThat(take(zone, "a")).isInstanceOf(Outcome.Pass.class);
    assertThat(take(zone, "a")).isEqualTo(new Outcome.Wait(100_000_000L));
    assertThat(take(zone, "a")).isEqualTo(new Outcome.Wait(200_000_000L));
    assertThat(take(zone, "a")).isInstanceOf(Outcome.Refuse.class);
  }

  @Test
  void aFullZoneForgetsWhomItHasNotSeenForLongestAndRefusesNobodyForIt() {
    Zone zone = running(config("1/h", 0, Excess.REJECT, 160));
    for (int i = 0; i < 10_000; i++) {
      assertThat(take(zone, "key-" + i)).isInstanceOf(Outcome.Pass.class);
    }
    assertThat(zone.keys()).isLessThanOrEqualTo(160);
    assertThat(take(zone, "key-9999")).isInstanceOf(Outcome.Refuse.class);
    assertThat(registry.get("fairlead.http.zone.forgotten").counter().count())
        .isEqualTo(10_000.0 - zone.keys());
  }

  @Test
  void longKeysAreToldApartButNotKept() {
    Zone zone = running(config("1/h", 0, Excess.REJECT, 100));
    String common = "k".repeat(32 * 1024);
    assertThat(take(zone, common + "1")).isInstanceOf(Outcome.Pass.class);
    assertThat(take(zone, common + "2")).isInstanceOf(Outcome.Pass.class);
    assertThat(take(zone, common + "1")).isInstanceOf(Outcome.Refuse.class);
    assertThat(zone.keys()).isEqualTo(2);
    assertThat(zone.longestKey()).isLessThanOrEqualTo(128);
  }

  @Test
  void aChangeOfItsNumbersKeepsWhatWasUsed() {
    Zone zone = running(config("1/s", 3, Excess.REJECT, 100));
    for (int i = 0; i < 4; i++) take(zone, "a");

    assertThat(running(config("1/m", 3, Excess.REJECT, 100))).isSameAs(zone);
    assertThat(take(zone, "a")).isEqualTo(new Outcome.Refuse(60_000_000_000L, 4, 240_000_000_000L));
    clock.advance(Duration.ofMinutes(1));
    assertThat(take(zone, "a")).isInstanceOf(Outcome.Pass.class);
  }

  @Test
  void anotherKeyBeginsAnew() {
    Zone zone = running(config("1/h", 0, Excess.REJECT, 100));
    take(zone, "a");
    running(
        new ZoneConfig(Template.parse("{host}"), RequestRate.parse("1/h"), 0, Excess.REJECT, 100));

    assertThat(take(zone, "a")).isInstanceOf(Outcome.Pass.class);
  }

  @Test
  void aDraftThatIsNotCommittedChangesNothing() {
    Zone zone = running(config("1/h", 0, Excess.REJECT, 100));
    take(zone, "a");
    zones.prepare(new Zones.Config(Map.of("z", config("1000/s", 9, Excess.REJECT, 100))));

    assertThat(take(zone, "a")).isInstanceOf(Outcome.Refuse.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0/s", "1", "1/d", "-1/s", "1.5/s", "1 /s", "9999999999/s"})
  void whatIsNoRateIsNone(String text) {
    assertThatThrownBy(() -> RequestRate.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1000/s");
  }

  private Zone running(ZoneConfig config) {
    Zones.Draft draft = zones.prepare(new Zones.Config(Map.of("z", config)));
    draft.commit();
    return draft.find("z").orElseThrow();
  }

  private Outcome take(Zone zone, String key) {
    return zone.take(key, clock.nanos());
  }

  private double counted(String outcome) {
    return registry.get("fairlead.http.zone.requests").tag("outcome", outcome).counter().count();
  }

  private static ZoneConfig config(String rate, int burst, Excess excess, int maxKeys) {
    return new ZoneConfig(
        Template.parse("{client_ip}"), RequestRate.parse(rate), burst, excess, maxKeys);
  }
}
