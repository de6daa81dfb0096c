package io.fairlead.http.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.ManualClock;
import io.fairlead.core.unit.Limit;
import io.fairlead.http.upstream.BreakerConfig.ErrorRatioConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LimitsOfAClusterTest {
  private final ManualClock clock = new ManualClock();

  /** Every attempt fails, every failure wants to be retried. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void theBudgetCapsAmplification(long seed) {
    RandomGenerator random = Randomness.seeded(seed).generator();
    RetryBudget budget = new RetryBudget(clock);
    int requests = 50_000;
    int sent = 0;
    for (int i = 0; i < requests; i++) {
      clock.advance(Duration.ofNanos(random.nextLong(400_000))); // about 5 000 a second
      budget.earn(0.2);
      sent++;
      if (budget.take(3)) sent++;
    }
    assertThat((double) sent / requests).as("seed %d", seed).isLessThanOrEqualTo(1.201);
    assertThat((double) sent / requests).as("seed %d: it is used", seed).isGreaterThan(1.15);
  }

  @Test
  void aQuietClusterMayRetryAFewTimesASecond() {
    RetryBudget budget = new RetryBudget(clock);
    int taken = 0;
    for (int i = 0; i < 10; i++) if (budget.take(3)) taken++;
    assertThat(taken).isEqualTo(3);
    clock.advance(Duration.ofSeconds(1));
    assertThat(budget.take(3)).isTrue();
  }

  @Test
  void savedRetriesAreBounded() {
    RetryBudget budget = new RetryBudget(clock);
    for (int i = 0; i < 1_000_000; i++) budget.earn(0.2);
    int taken = 0;
    while (budget.take(0)) taken++;
    assertThat(taken).isEqualTo(RetryBudget.EARNED_MAX);
  }

  @Test
  void aClusterThatMostlyFailsIsLeftAlone() {
    ErrorRatio ratio =
        new ErrorRatio(
            new ErrorRatioConfig(Duration.ofSeconds(10), 20, 0.5, Duration.ofSeconds(5), 3),
            clock.nanos());
    for (int i = 0; i < 19; i++) ratio.ended(true, ratio.term(), clock.nanos());
    assertThat(ratio.admits(clock.nanos())).as("fewer than the least").isTrue();
    ratio.ended(true, ratio.term(), clock.nanos());
    assertThat(ratio.admits(clock.nanos())).isFalse();
    clock.advance(Duration.ofSeconds(5));
    assertThat(ratio.admits(clock.nanos())).isTrue();
    assertThat(ratio.state()).isEqualTo(ErrorRatio.State.HALF_OPEN);
    ratio.ended(true, ratio.term(), clock.nanos());
    assertThat(ratio.state()).as("a probe failed").isEqualTo(ErrorRatio.State.OPEN);
    clock.advance(Duration.ofSeconds(5));
    for (int i = 0; i < 3; i++) assertThat(ratio.admits(clock.nanos())).isTrue();
    assertThat(ratio.admits(clock.nanos())).as("only three probes").isFalse();
    for (int i = 0; i < 3; i++) ratio.ended(false, ratio.term(), clock.nanos());
    assertThat(ratio.state()).isEqualTo(ErrorRatio.State.CLOSED);
  }

  @Test
  void oldFailuresAreForgotten() {
    ErrorRatio ratio = new ErrorRatio(ErrorRatioConfig.DEFAULTS, clock.nanos());
    for (int i = 0; i < 19; i++) ratio.ended(true, ratio.term(), clock.nanos());
    clock.advance(Duration.ofSeconds(11));
    for (int i = 0; i < 15; i++) ratio.ended(false, ratio.term(), clock.nanos());
    for (int i = 0; i < 5; i++) ratio.ended(true, ratio.term(), clock.nanos());
    assertThat(ratio.state()).isEqualTo(ErrorRatio.State.CLOSED);
  }

  @Test
  void whatBeganBeforeItOpenedIsNoProbe() {
    ErrorRatio ratio = new ErrorRatio(ErrorRatioConfig.DEFAULTS, clock.nanos());
    int before = ratio.term();
    for (int i = 0; i < 20; i++) ratio.ended(true, before, clock.nanos());
    clock.advance(Duration.ofSeconds(5));
    assertThat(ratio.admits(clock.nanos())).isTrue();
    int probing = ratio.term();
    for (int i = 0; i < 10; i++) ratio.ended(false, before, clock.nanos());
    assertThat(ratio.state()).as("slow successes").isEqualTo(ErrorRatio.State.HALF_OPEN);
    ratio.ended(true, before, clock.nanos());
    assertThat(ratio.state()).as("a slow failure").isEqualTo(ErrorRatio.State.HALF_OPEN);
    ratio.ended(true, probing, clock.nanos());
    assertThat(ratio.state()).as("a probe's failure").isEqualTo(ErrorRatio.State.OPEN);
  }

  @Test
  void probesThatNeverEndDoNotCloseTheWayForEver() {
    ErrorRatio ratio = new ErrorRatio(ErrorRatioConfig.DEFAULTS, clock.nanos());
    for (int i = 0; i < 20; i++) ratio.ended(true, ratio.term(), clock.nanos());
    clock.advance(Duration.ofSeconds(5));
    for (int i = 0; i < 3; i++) assertThat(ratio.admits(clock.nanos())).isTrue();
    clock.advance(Duration.ofSeconds(30));
    assertThat(ratio.admits(clock.nanos())).isTrue();
  }

  @Test
  void aStreamThatGoesOnIsAProbeThatWentWell() {
    ErrorRatio ratio = opened(2);
    assertThat(ratio.admits(clock.nanos())).isTrue();
    int first = ratio.answered(ratio.term());
    assertThat(ratio.state()).as("one of two").isEqualTo(ErrorRatio.State.HALF_OPEN);
    ratio.ended(false, first, clock.nanos());
    ratio.withdrawn(first);
    assertThat(ratio.state()).as("its end counts no more").isEqualTo(ErrorRatio.State.HALF_OPEN);
    assertThat(ratio.admits(clock.nanos())).isTrue();
    int second = ratio.answered(ratio.term());
    assertThat(ratio.state()).isEqualTo(ErrorRatio.State.CLOSED);
    for (int i = 0; i < 30; i++) ratio.ended(true, second, clock.nanos());
    assertThat(ratio.state()).isEqualTo(ErrorRatio.State.CLOSED);
  }

  @Test
  void aProbeWhoseClientLeftMakesRoomForAnother() {
    ErrorRatio ratio = opened(1);
    for (int i = 0; i < 5; i++) {
      assertThat(ratio.admits(clock.nanos())).isTrue();
      assertThat(ratio.admits(clock.nanos())).isFalse();
      ratio.withdrawn(ratio.term());
      ratio.withdrawn(ratio.term()); // nobody owes one
    }
    assertThat(ratio.state()).isEqualTo(ErrorRatio.State.HALF_OPEN);
  }

  /** One that has been open for long enough. */
  private ErrorRatio opened(int probes) {
    ErrorRatio ratio =
        new ErrorRatio(
            new ErrorRatioConfig(Duration.ofSeconds(10), 20, 0.5, Duration.ofSeconds(5), probes),
            clock.nanos());
    for (int i = 0; i < 20; i++) ratio.ended(true, ratio.term(), clock.nanos());
    clock.advance(Duration.ofSeconds(5));
    return ratio;
  }

  private static final class Waiter extends Admission.Waiting {
    private final String name;
    private final List<String> turns;

    Waiter(String name, List<String> turns) {
      this.name = name;
      this.turns = turns;
    }

    @Override
    void admitted() {
      turns.add(name);
    }
  }

  @Test
  void theLineIsServedInOrderAndBounded() {
    BreakerConfig two =
        new BreakerConfig(
            Limit.atMost(2),
            Limit.atMost(2),
            Duration.ofSeconds(1),
            Limit.atMost(100),
            Limit.atMost(3),
            Optional.empty());
    Admission admission = new Admission();
    List<String> turns = new ArrayList<>();
    assertThat(admission.enter(two)).isEqualTo(Admission.Entry.IN);
    assertThat(admission.enter(two)).isEqualTo(Admission.Entry.IN);
    assertThat(admission.enter(two)).isEqualTo(Admission.Entry.BUSY);
    Waiter a = new Waiter("a", turns);
    assertThat(admission.join(a, two)).isTrue();
    assertThat(admission.join(new Waiter("b", turns), two)).isTrue();
    assertThat(admission.join(new Waiter("c", turns), two)).as("the line is full").isFalse();
    admission.leave(two);
    assertThat(turns).containsExactly("a");
    assertThat(admission.giveUp(a, true)).as("it was admitted").isFalse();
    assertThat(admission.enter(two)).as("nobody overtakes").isEqualTo(Admission.Entry.BUSY);
    admission.leave(two);
    assertThat(turns).containsExactly("a", "b");
    assertThat(admission.active()).isEqualTo(2);
    admission.leave(two);
    admission.leave(two);
    assertThat(admission.active()).isZero();
    assertThat(admission.enter(two)).isEqualTo(Admission.Entry.IN);
  }

  @Test
  void tooManyRequestsAreRefusedAtOnce() {
    BreakerConfig one =
        new BreakerConfig(
            Limit.OFF,
            Limit.OFF,
            Duration.ofSeconds(1),
            Limit.atMost(1),
            Limit.atMost(1),
            Optional.empty());
    Admission admission = new Admission();
    assertThat(admission.enter(one)).isEqualTo(Admission.Entry.IN);
    assertThat(admission.enter(one)).isEqualTo(Admission.Entry.FULL);
    assertThat(admission.refused()).isEqualTo(1);
    assertThat(admission.beginRetry(one.retries())).isTrue();
    assertThat(admission.beginRetry(one.retries())).isFalse();
    admission.endRetry();
    assertThat(admission.beginRetry(one.retries())).isTrue();
  }
}
