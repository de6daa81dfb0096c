package io.fairlead.http.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.unit.Limit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EndpointHealthTest {
  private static final long SECOND = 1_000_000_000;

  /** Inputs: p/f a check, e eject for 10 s, t five seconds pass, d/D drain, a/A admin down. */
  @ParameterizedTest
  @CsvSource({
    "'', UNKNOWN",
    "p, HEALTHY",
    "f, UNHEALTHY",
    "pff, HEALTHY",
    "pfff, UNHEALTHY",
    "pffpff, HEALTHY",
    "pfffp, UNHEALTHY",
    "pfffpp, HEALTHY",
    "e, EJECTED",
    "pe, EJECTED",
    "pet, EJECTED",
    "pett, HEALTHY",
    "efff, EJECTED",
    "efffttt, UNHEALTHY",
    "ped, DRAINING",
    "pedtt, DRAINING",
    "pedttD, HEALTHY",
    "peda, DOWN",
    "pedaD, DOWN",
    "pedaDA, EJECTED",
    "pedaDAtt, HEALTHY"
  })
  void transitions(String inputs, HealthState expected) {
    EndpointHealth health = new EndpointHealth(HealthState.UNKNOWN);
    long now = 0;
    for (char input : inputs.toCharArray()) {
      switch (input) {
        case 'p' -> health.checked(true, 2, 3);
        case 'f' -> health.checked(false, 2, 3);
        case 'e' -> health.eject(Duration.ofSeconds(10), now);
        case 't' -> health.passTime(now += 5 * SECOND);
        case 'd', 'D' -> health.draining(input == 'd');
        case 'a', 'A' -> health.down(input == 'a');
        default -> throw new IllegalArgumentException(inputs);
      }
    }
    assertThat(health.state()).isEqualTo(expected);
  }

  @Test
  void aCalmSweepForgivesOneEjection() {
    EndpointHealth health = new EndpointHealth(HealthState.HEALTHY);
    health.eject(Duration.ofSeconds(1), 0);
    health.forgive();
    assertThat(health.ejections()).as("not while it lasts").isEqualTo(1);
    health.passTime(SECOND);
    health.eject(Duration.ofSeconds(1), SECOND);
    assertThat(health.ejections()).isEqualTo(2);
    health.passTime(3 * SECOND);
    health.forgive();
    assertThat(health.ejections()).isEqualTo(1);
  }

  /** Outcomes: . fine, s 500, g 503, c no connection. */
  @ParameterizedTest
  @CsvSource({
    "ccc, CONNECT_FAILURES",
    "cc.cc, ''",
    "cgc, GATEWAY_ERRORS",
    "ggg, GATEWAY_ERRORS",
    "ggs, ''",
    "gg.gg, ''",
    "sssss, SERVER_ERRORS",
    "ssss.ssss, ''",
    "ggsgg, SERVER_ERRORS"
  })
  void suspicions(String outcomes, String suspicion) {
    Tally tally = new Tally();
    Optional<Tally.Suspicion> last = Optional.empty();
    for (char outcome : outcomes.toCharArray()) {
      last =
          tally.record(
              switch (outcome) {
                case '.' -> Tally.Outcome.FINE;
                case 's' -> Tally.Outcome.SERVER_ERROR;
                case 'g' -> Tally.Outcome.GATEWAY_ERROR;
                default -> Tally.Outcome.CONNECT_FAILED;
              },
              OutlierConfig.DEFAULTS);
    }
    assertThat(last.map(Enum::name).orElse("")).isEqualTo(suspicion);
  }

  @Test
  void ejectionsGrowUpToTheirLongest() {
    OutlierDetector detector = new OutlierDetector(OutlierConfig.DEFAULTS);
    assertThat(detector.ejection(0)).isEqualTo(Duration.ofSeconds(30));
    assertThat(detector.ejection(2)).isEqualTo(Duration.ofSeconds(90));
    assertThat(detector.ejection(40)).isEqualTo(Duration.ofSeconds(300));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0, true",
    "1, 1, false",
    "4, 1, true",
    "4, 2, false",
    "5, 1, true",
    "5, 2, false"
  })
  void atMostAShareIsEjected(int members, int ejected, boolean may) {
    assertThat(new OutlierDetector(OutlierConfig.DEFAULTS).mayEject(members, ejected))
        .isEqualTo(may);
  }

  @Test
  void theSweepFindsWhoIsMuchWorse() {
    OutlierConfig rules =
        new OutlierConfig(
            Limit.OFF,
            Limit.OFF,
            Limit.OFF,
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofSeconds(300),
            0.5,
            Optional.of(new OutlierConfig.SuccessRate(5, 100, 1.9)));
    OutlierDetector detector = new OutlierDetector(rules);
    List<Tally> tallies = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      Tally tally = new Tally();
      for (int k = 0; k < 200; k++) {
        boolean bad = i == 3 ? k % 2 == 0 : k % 50 == 0;
        tally.record(bad ? Tally.Outcome.SERVER_ERROR : Tally.Outcome.FINE, rules);
      }
      tallies.add(tally);
    }
    assertThat(detector.sweep(tallies)).containsExactly(3);
    assertThat(detector.sweep(tallies)).as("figures begin anew with each sweep").isEmpty();
  }

  @Test
  void checksAreSpreadByATenth() {
    HealthChecker checker = new HealthChecker(Duration.ofSeconds(10), Randomness.seeded(5), 0);
    long now = SECOND;
    assertThat(checker.ask(now)).isTrue();
    assertThat(checker.ask(now + 9 * SECOND)).as("one question at a time").isFalse();
    for (int i = 0; i < 100; i++) {
      checker.answered(now);
      assertThat(checker.ask(now + 9 * SECOND - 1)).isFalse();
      now += 11 * SECOND;
      assertThat(checker.ask(now)).isTrue();
    }
  }
}
