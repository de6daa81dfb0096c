package io.fairlead.http.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What share of the requests each candidate gets. */
class DistributionTest {
  /** A member whose load a test sets. */
  private static final class Member implements Load {
    int inflight;
    final PeakEwma latency = new PeakEwma(Duration.ofSeconds(10));

    @Override
    public int inflight() {
      return inflight;
    }

    @Override
    public double latencyNanos(long nowNanos) {
      return Math.max(1, latency.nanos(nowNanos));
    }
  }

  private final ManualClock clock = new ManualClock();

  private static List<Candidate> candidates(int... weights) {
    List<Candidate> candidates = new ArrayList<>();
    for (int i = 0; i < weights.length; i++) {
      candidates.add(new Candidate("http 10.0.0." + i + ":80", weights[i], new Member()));
    }
    return candidates;
  }

  private static double chiSquare(long[] taken, double[] expected) {
    double sum = 0;
    for (int i = 0; i < taken.length; i++) {
      sum += (taken[i] - expected[i]) * (taken[i] - expected[i]) / expected[i];
    }
    return sum;
  }

  private static double[] shares(int requests, int... weights) {
    double sum = Arrays.stream(weights).sum();
    return Arrays.stream(weights).mapToDouble(weight -> requests * weight / sum).toArray();
  }

  @ParameterizedTest
  @EnumSource(
      value = Method.class,
      names = {"ROUND_ROBIN", "RANDOM"})
  void sharesFollowTheWeights(Method method) {
    int[] weights = {100, 50, 200, 25, 125};
    int requests = 100_000;
    LoadBalancer balancer = method.over(candidates(weights), 0, clock, Randomness.seeded(11));
    long[] taken = new long[weights.length];
    for (int i = 0; i < requests; i++) taken[balancer.pick(0)]++;
    // 4 degrees of freedom: above 18.5 once in a thousand.
    assertThat(chiSquare(taken, shares(requests, weights))).isLessThan(18.5);
  }

  @ParameterizedTest
  @EnumSource(
      value = Method.class,
      names = {"LEAST_CONN", "P2C_EWMA"})
  void equalOnesGetEqualSharesWhenNobodyIsBusy(Method method) {
    int[] weights = {100, 100, 100, 100, 100};
    int requests = 50_000;
    LoadBalancer balancer = method.over(candidates(weights), 0, clock, Randomness.seeded(12));
    long[] taken = new long[weights.length];
    for (int i = 0; i < requests; i++) taken[balancer.pick(0)]++;
    assertThat(chiSquare(taken, shares(requests, weights))).isLessThan(18.5);
  }

  @Test
  void leastConnectionsKeepsLoadsInProportionToTheWeights() {
    List<Candidate> candidates = candidates(100, 200, 300);
    LoadBalancer balancer = Method.LEAST_CONN.over(candidates, 0, clock, Randomness.seeded(13));
    for (int i = 0; i < 600; i++) member(candidates, balancer.pick(0)).inflight++;
    assertThat(candidates.stream().mapToInt(c -> c.load().inflight()).toArray())
        .satisfies(
            loads -> {
              assertThat(loads[0]).isBetween(98, 102);
              assertThat(loads[1]).isBetween(198, 202);
              assertThat(loads[2]).isBetween(298, 302);
            });
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void theCheaperOfTwoAvoidsTheSlowOne(long seed) {
    long[] taken = simulate(Randomness.seeded(seed), 20_000);
    double fair = 20_000 / 10.0;
    assertThat(taken[0]).as("seed %d: the slow one", seed).isLessThan((long) (fair * 0.35));
    for (int i = 1; i < 10; i++) {
      assertThat((double) taken[i]).as("seed %d: %d", seed, i).isBetween(fair * 0.7, fair * 1.5);
    }
  }

  /** Ten servers, one ten times slower; four requests a millisecond. */
  private long[] simulate(Randomness randomness, int requests) {
    record Done(long atNanos, int index, long startedNanos) {}
    int[] weights = new int[10];
    Arrays.fill(weights, 100);
    List<Candidate> candidates = candidates(weights);
    LoadBalancer balancer = Method.P2C_EWMA.over(candidates, 0, clock, randomness);
    PriorityQueue<Done> running =
        new PriorityQueue<>((a, b) -> Long.compare(a.atNanos(), b.atNanos()));
    long[] taken = new long[10];
    for (int i = 0; i < requests; i++) {
      clock.advance(Duration.ofNanos(250_000));
      long now = clock.nanos();
      while (!running.isEmpty() && running.peek().atNanos() <= now) {
        Done done = running.remove();
        Member member = member(candidates, done.index());
        member.inflight--;
        member.latency.observe(done.atNanos() - done.startedNanos(), now);
      }
      int index = balancer.pick(0);
      taken[index]++;
      member(candidates, index).inflight++;
      long mean = index == 0 ? 50_000_000 : 5_000_000;
      long service = (long) (mean * (0.5 + randomness.generator().nextDouble()));
      running.add(new Done(now + service, index, now));
    }
    return taken;
  }

  @ParameterizedTest
  @EnumSource(
      value = Method.class,
      names = {"RING_HASH", "MAGLEV"})
  void keysSpreadOverTheCandidates(Method method) {
    int[] weights = new int[20];
    Arrays.fill(weights, 100);
    LoadBalancer balancer = method.over(candidates(weights), 0, clock, Randomness.seeded(1));
    int requests = 200_000;
    long[] taken = new long[20];
    for (int i = 0; i < requests; i++) taken[balancer.pick(KeyHash.of("client-" + i))]++;
    double fair = requests / 20.0;
    if (method == Method.MAGLEV) {
      // Its table is even: what is left is the lottery of the keys, 19 degrees of freedom.
      assertThat(chiSquare(taken, shares(requests, weights))).isLessThan(43.8);
    } else {
      // 160 points each: shares deviate by about a twelfth (1/sqrt(160)).
      for (long share : taken) assertThat((double) share).isBetween(fair * 0.7, fair * 1.3);
    }
  }

  @Test
  void hashingFollowsWeights() {
    for (Method method : new Method[] {Method.RING_HASH, Method.MAGLEV}) {
      LoadBalancer balancer = method.over(candidates(100, 300), 0, clock, Randomness.seeded(1));
      int heavy = 0;
      for (int i = 0; i < 20_000; i++) heavy += balancer.pick(KeyHash.of("k" + i));
      assertThat(heavy / 20_000.0).as("%s", method).isBetween(0.70, 0.80);
    }
  }

  @Test
  void theRingPassesOverWhoHasMoreThanItsShare() {
    List<Candidate> candidates = candidates(100, 100, 100, 100);
    LoadBalancer balancer = Method.RING_HASH.over(candidates, 0, clock, Randomness.seeded(1));
    long key = KeyHash.of("one very busy client");
    for (int i = 0; i < 400; i++) member(candidates, balancer.pick(key)).inflight++;
    for (Candidate candidate : candidates) {
      assertThat(candidate.load().inflight()).isLessThanOrEqualTo(126); // 1.25 × 100, rounded up
    }
    assertThat(candidates.stream().mapToInt(c -> c.load().inflight()).max().orElseThrow())
        .isGreaterThanOrEqualTo(120);
  }

  @ParameterizedTest
  @EnumSource(
      value = Method.class,
      names = {"RING_HASH", "MAGLEV"})
  void fewKeysMoveWhenOneOfAHundredLeaves(Method method) {
    int[] weights = new int[100];
    Arrays.fill(weights, 100);
    List<Candidate> all = candidates(weights);
    List<Candidate> fewer = new ArrayList<>(all);
    Candidate gone = fewer.remove(37);
    LoadBalancer before = method.over(all, 0, clock, Randomness.seeded(1));
    LoadBalancer after = method.over(fewer, 0, clock, Randomness.seeded(1));
    int keys = 100_000;
    int moved = 0;
    for (int i = 0; i < keys; i++) {
      long key = KeyHash.of("client-" + i);
      Candidate was = all.get(before.pick(key));
      if (was != fewer.get(after.pick(key))) moved++;
    }
    assertThat(gone.id()).isNotEmpty();
    assertThat((double) moved / keys).as("%s: keys that moved", method).isLessThanOrEqualTo(0.02);
  }

  @ParameterizedTest
  @EnumSource(Method.class)
  void theOtherIsNeverTheSame(Method method) {
    Random random = new Random(7);
    for (int size = 2; size < 8; size++) {
      int[] weights = new int[size];
      Arrays.setAll(weights, _ -> 1 + random.nextInt(1000));
      LoadBalancer balancer = method.over(candidates(weights), 0, clock, Randomness.seeded(size));
      for (int i = 0; i < 200; i++) {
        int not = i % size;
        int other = balancer.pickOther(KeyHash.of("k" + i), not);
        assertThat(other).isNotEqualTo(not).isBetween(0, size - 1);
      }
    }
  }

  private static Member member(List<Candidate> candidates, int index) {
    return (Member) candidates.get(index).load();
  }
}
