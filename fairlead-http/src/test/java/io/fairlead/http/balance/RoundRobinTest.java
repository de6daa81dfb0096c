package io.fairlead.http.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RoundRobinTest {
  private static List<Integer> turns(RoundRobin turns, int count) {
    List<Integer> taken = new ArrayList<>();
    for (int i = 0; i < count; i++) taken.add(turns.next());
    return taken;
  }

  @Test
  void spreadsTheTurnsOfAHeavyEndpoint() {
    assertThat(turns(new RoundRobin(new int[] {5, 1, 1}, 0), 7))
        .containsExactly(0, 0, 1, 0, 2, 0, 0);
  }

  @Test
  void equalWeightsTakeTurns() {
    assertThat(turns(new RoundRobin(new int[] {100, 100, 100}, 0), 6))
        .containsExactly(0, 1, 2, 0, 1, 2);
  }

  @Test
  void aSuccessorGoesOnWhereItsPredecessorStopped() {
    RoundRobin first = new RoundRobin(new int[] {1, 1, 1}, 0);
    first.next();
    assertThat(new RoundRobin(new int[] {1, 1, 1}, first.position()).next()).isEqualTo(1);
  }

  @Test
  void survivesTheOverflowOfItsCursor() {
    RoundRobin turns = new RoundRobin(new int[] {1, 1}, Integer.MAX_VALUE);
    assertThat(turns(turns, 4)).containsExactlyInAnyOrder(0, 1, 0, 1);
  }

  @Test
  void refusesWeightsBelowOne() {
    assertThatThrownBy(() -> new RoundRobin(new int[] {1, 0}, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void sharesFollowTheWeightsAndAreSmooth(long seed) {
    Random random = new Random(seed);
    int[] weights = new int[2 + random.nextInt(20)];
    Arrays.setAll(weights, _ -> 1 + random.nextInt(1000));
    long sum = Arrays.stream(weights).asLongStream().sum();
    RoundRobin turns = new RoundRobin(weights, 0);

    int requests = 200_000;
    long[] taken = new long[weights.length];
    double unevenness = 0;
    for (int i = 1; i <= requests; i++) {
      taken[turns.next()]++;
      if (i % 997 == 0) {
        for (int k = 0; k < weights.length; k++) {
          unevenness = Math.max(unevenness, Math.abs(taken[k] - (double) i * weights[k] / sum));
        }
      }
    }
    double chiSquare = 0;
    for (int k = 0; k < weights.length; k++) {
      double expected = (double) requests * weights[k] / sum;
      chiSquare += (taken[k] - expected) * (taken[k] - expected) / expected;
    }
    // A fair lottery exceeds its degrees of freedom half the time; turns must do far better. Beyond
    // the longest cycle weights are rounded, which costs a few promille.
    assertThat(chiSquare).as("seed %d", seed).isLessThan(weights.length);
    if (sum <= RoundRobin.CYCLE_MAX) {
      assertThat(unevenness).as("seed %d", seed).isLessThan(weights.length);
    }
  }
}
