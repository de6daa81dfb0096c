package io.fairlead.pubsub.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.random.Randomness;
import io.fairlead.pubsub.ServiceSettings;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private static final ServiceSettings.Reconnect DEFAULT = ServiceSettings.Reconnect.DEFAULT;

  @Test
  void f10EveryWaitIsBetweenZeroAndItsBound() {
    long[] bounds = {100, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000};
    for (long seed = 0; seed < 200; seed++) {
      Backoff backoff = new Backoff(DEFAULT, Randomness.seeded(seed));
      for (long bound : bounds)
        assertThat(backoff.next(Optional.empty()))
            .isBetween(Duration.ZERO, Duration.ofMillis(bound));
      assertThat(backoff.attempts()).isEqualTo(bounds.length);
    }
  }

  @Test
  void waitsAreSpreadOverTheirWholeRange() {
    int late = 0;
    for (long seed = 0; seed < 400; seed++) {
      Backoff backoff = new Backoff(DEFAULT, Randomness.seeded(seed));
      backoff.next(Optional.empty());
      if (backoff.next(Optional.empty()).toMillis() >= 250) late++;
    }
    assertThat(late).isBetween(140, 260);
  }

  @Test
  void aServersWishIsAtLeastHonoured() {
    Backoff backoff = new Backoff(DEFAULT, Randomness.seeded(1));
    assertThat(backoff.next(Optional.of(Duration.ofMinutes(1)))).isEqualTo(Duration.ofMinutes(1));
  }

  @Test
  void attemptsAreCountedUntilOneSucceeds() {
    Backoff backoff = new Backoff(DEFAULT.maxAttempts(2), Randomness.seeded(1));
    backoff.next(Optional.empty());
    assertThat(backoff.exhausted()).isFalse();
    backoff.next(Optional.empty());
    assertThat(backoff.exhausted()).isTrue();
    backoff.reset();
    assertThat(backoff.exhausted()).isFalse();
  }
}
