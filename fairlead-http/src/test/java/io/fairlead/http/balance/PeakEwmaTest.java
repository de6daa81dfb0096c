package io.fairlead.http.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PeakEwmaTest {
  private static final long SECOND = 1_000_000_000;
  private final PeakEwma latency = new PeakEwma(Duration.ofSeconds(10));

  @Test
  void jumpsToAPeakAndForgetsItSlowly() {
    latency.observe(1_000, 0);
    latency.observe(50_000, SECOND);
    assertThat(latency.nanos(SECOND)).isEqualTo(50_000);
    latency.observe(1_000, 11 * SECOND);
    assertThat(latency.nanos(11 * SECOND))
        .isCloseTo(50_000 / Math.E + 1_000 * (1 - 1 / Math.E), within(1.0));
  }

  @Test
  void fadesWithoutNews() {
    latency.observe(50_000, 0);
    assertThat(latency.nanos(10 * SECOND)).isCloseTo(50_000 / Math.E, within(1.0));
    assertThat(latency.nanos(100 * SECOND)).isLessThan(5);
  }

  @Test
  void aNewcomerBeginsWithTheMedianUntilItMeasures() {
    latency.seed(7_000, 0);
    assertThat(latency.measured()).isFalse();
    assertThat(latency.nanos(0)).isEqualTo(7_000);
    latency.observe(2_000, 0);
    assertThat(latency.measured()).isTrue();
    latency.seed(9_000, 0);
    assertThat(latency.nanos(0)).isLessThanOrEqualTo(7_000);
  }
}
