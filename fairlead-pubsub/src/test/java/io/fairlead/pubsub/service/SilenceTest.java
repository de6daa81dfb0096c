package io.fairlead.pubsub.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.pubsub.ServiceSettings;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SilenceTest {
  private final Silence silence = new Silence(ServiceSettings.Keepalive.DEFAULT);

  private Silence.Verdict at(double seconds, long bytes) {
    return silence.look((long) (seconds * 1e9), bytes, true);
  }

  @Test
  void f16DeadNoLaterThanTwentySecondsAfterTheLastByte() {
    silence.begin(0, 0);
    long bytes = 5; // came right after the first look
    double asked = 0;
    double dead = 0;
    for (double now = 0.5; dead == 0; now += 0.5) {
      switch (at(now, bytes)) {
        case ASK -> asked = now;
        case DEAD -> dead = now;
        case FINE, HEARD -> {}
      }
    }
    assertThat(asked).isBetween(9.5, 10.5);
    assertThat(dead).isLessThanOrEqualTo(20.5);
    assertThat(silence.tick()).isEqualTo(Duration.ofMillis(500));
  }

  @Test
  void anyByteIsASignOfLife() {
    silence.begin(0, 0);
    assertThat(at(11, 0)).isEqualTo(Silence.Verdict.ASK);
    assertThat(at(12, 1)).isEqualTo(Silence.Verdict.HEARD);
    assertThat(silence.roundTrip()).isEqualTo(Duration.ofSeconds(1));
    assertThat(at(20, 1)).isEqualTo(Silence.Verdict.FINE);
    assertThat(at(22, 1)).isEqualTo(Silence.Verdict.ASK);
  }

  @Test
  void aQuestionThatCostsARequestIsAskedLater() {
    silence.begin(0, 0);
    assertThat(silence.look(20_000_000_000L, 0, false)).isEqualTo(Silence.Verdict.FINE);
    assertThat(silence.look(31_000_000_000L, 0, false)).isEqualTo(Silence.Verdict.ASK);
  }
}
