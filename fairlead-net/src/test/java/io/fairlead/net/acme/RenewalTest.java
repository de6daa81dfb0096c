package io.fairlead.net.acme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RenewalTest {
  private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");
  private static final Instant END = START.plus(Duration.ofDays(90));

  @Test
  void isDueAfterTwoThirdsOfItsLifeAndNotEverywhereAtOnce() {
    assertThat(Renewal.due(START, END, Optional.empty(), 0))
        .isEqualTo(START.plus(Duration.ofDays(60)));
    assertThat(Renewal.due(START, END, Optional.empty(), 1))
        .isEqualTo(START.plus(Duration.ofDays(63)));
  }

  @Test
  void theServersWindowCountsMore() {
    Optional<Renewal.Window> window =
        Optional.of(
            new Renewal.Window(START.plus(Duration.ofDays(10)), START.plus(Duration.ofDays(12))));
    assertThat(Renewal.due(START, END, window, 0.5)).isEqualTo(START.plus(Duration.ofDays(11)));
    assertThatThrownBy(() -> new Renewal.Window(END, START))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 2", "4, 8", "11, 1024", "12, 1440", "1000, 1440"})
  void waitsTwiceAsLongAfterEachFailureButADayAtMost(int failures, long minutes) {
    Duration expected = Duration.ofMinutes(minutes);
    assertThat(Renewal.backoff(failures, 0.5)).isEqualTo(expected);
    assertThat(Renewal.backoff(failures, 0)).isEqualTo(expected.multipliedBy(9).dividedBy(10));
    assertThat(Renewal.backoff(failures, 1)).isEqualTo(expected.multipliedBy(11).dividedBy(10));
  }
}
