package io.fairlead.net.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LoopDelayTest {
  private static final long LIMIT = 200;
  private final LoopDelay delay = new LoopDelay();

  private boolean after(long... lates) {
    for (long late : lates) delay.probed(late, LIMIT);
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
  void offIsNeverLate() {
    delay.probed(Long.MAX_VALUE - 1, Long.MAX_VALUE);
    delay.probed(Long.MAX_VALUE - 1, Long.MAX_VALUE);
    assertThat(delay.late()).isFalse();
  }
}
