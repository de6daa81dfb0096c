package io.fairlead.net.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LoopDelayTest {
  private static final long LIMIT = 200;
  private final LoopDelay delay = new LoopDelay(0);

  private long now;

  private boolean after(long... lates) {
    for (long late : lates) delay.probed(++now, late, LIMIT);
    return delay.late();
  }

  @Test
  void onePauseIsNoOverload() {
    assertThat(after(0, 5_000, 0, 5_000, 10)).isFalse();
  }

  @Test
  void lateTwiceInARowIs() {
    assertThat(after(201, 201)).isTrue();
  }

  @Test
  void exactlyTheLimitIsNotTooLate() {
    assertThat(after(200, 200, 200)).isFalse();
  }

  @Test
  void endsOnlyAfterASecondOfEasyProbes() {
    after(300, 300);
    assertThat(after(0, 0, 0, 0, 0, 0, 0, 0, 0)).isTrue();
    assertThat(after(101)).isTrue(); // more than half the limit: counted anew
    assertThat(after(0, 0, 0, 0, 0, 0, 0, 0, 0)).isTrue();
    assertThat(after(100)).isFalse();
  }

  @Test
  void tellsWhenItLastAnswered() {
    delay.probed(4711, 0, LIMIT);
    assertThat(delay.answeredAtNanos()).isEqualTo(4711);
  }

  @Test
  void offIsNeverLate() {
    delay.probed(1, Long.MAX_VALUE - 1, Long.MAX_VALUE);
    delay.probed(1, Long.MAX_VALUE - 1, Long.MAX_VALUE);
    assertThat(delay.late()).isFalse();
  }
}
