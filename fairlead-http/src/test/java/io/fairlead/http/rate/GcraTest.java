package io.fairlead.http.rate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GcraTest {
  private static final Gcra TEN = new Gcra(100, 3); // one each 100 ns, 3 early

  @Test
  void theBurstPassesAtOnceAndThenOneForEachInterval() {
    long state = Gcra.UNSEEN;
    for (int i = 0; i < 4; i++) {
      assertThat(TEN.remaining(state, 0)).isEqualTo(4 - i);
      assertThat(TEN.waitNanos(state, 0)).isZero();
      state = TEN.after(state, 0);
    }
    assertThat(TEN.remaining(state, 0)).isZero();
    assertThat(TEN.waitNanos(state, 0)).isEqualTo(100);
    assertThat(TEN.waitNanos(state, 99)).isEqualTo(1);
    assertThat(TEN.waitNanos(state, 100)).isZero();
  }

  @Test
  void whoIsQuietGetsTheBurstBackAndNoMore() {
    long state = Gcra.UNSEEN;
    for (int i = 0; i < 4; i++) state = TEN.after(state, 0);

    assertThat(TEN.remaining(state, 250)).isEqualTo(2);
    assertThat(TEN.remaining(state, 1_000_000)).isEqualTo(4);
  }

  @Test
  void anotherRateTakesOverWhatWasUsed() {
    long state = Gcra.UNSEEN;
    for (int i = 0; i < 4; i++) state = TEN.after(state, 0);
    Gcra slower = new Gcra(1000, 3);
    Gcra wider = new Gcra(100, 9);
    Gcra narrower = new Gcra(100, 0);

    assertThat(slower.remaining(TEN.rescaled(state, 0, slower), 0)).isZero();
    assertThat(slower.waitNanos(TEN.rescaled(state, 0, slower), 0)).isEqualTo(1000);
    assertThat(wider.remaining(TEN.rescaled(state, 0, wider), 0)).isEqualTo(6);
    assertThat(narrower.waitNanos(TEN.rescaled(state, 0, narrower), 0)).isEqualTo(100);
    assertThat(wider.remaining(TEN.rescaled(Gcra.UNSEEN, 0, wider), 0)).isEqualTo(10);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void inNoWindowPassMoreThanTheRateAndTheBurst(long seed) {
    Random random = new Random(seed);
    Gcra rate = new Gcra(1 + random.nextInt(1000), random.nextInt(20));
    long[] passed = new long[20_000];
    int count = 0;
    long state = Gcra.UNSEEN;
    long now = random.nextLong(1_000_000);
    while (count < passed.length) {
      now += random.nextInt(4) == 0 ? random.nextInt(5000) : random.nextInt(3);
      if (rate.waitNanos(state, now) > 0) continue;
      state = rate.after(state, now);
      passed[count++] = now;
    }
    int first = 0;
    for (int last = 0; last < count; last++) {
      first = Math.max(first, last - 500);
      for (int from = first; from <= last; from += 17) {
        long window = passed[last] - passed[from];
        assertThat(last - from + 1L)
            .isLessThanOrEqualTo(window / rate.intervalNanos() + rate.burst() + 1);
      }
    }
  }
}
