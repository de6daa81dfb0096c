package io.fairlead.net.rate;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.time.ManualClock;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ByteBucketTest {
  private final ManualClock clock = new ManualClock();
  private final ByteBucket bucket = new ByteBucket(clock);

  @Test
  void withoutARateNobodyRests() {
    assertThat(bucket.take(Integer.MAX_VALUE)).isZero();
  }

  @Test
  void aTenthOfASecondPassesAtOnceAndTheRestIsDueInItsTime() {
    bucket.rate(OptionalLong.of(1_000_000));
    assertThat(bucket.take(100_000)).isZero();
    assertThat(bucket.take(50_000)).isEqualTo(Duration.ofMillis(50).toNanos());
    clock.advance(Duration.ofMillis(50));
    assertThat(bucket.take(1_000)).isEqualTo(Duration.ofMillis(1).toNanos());
  }

  @Test
  void whatWasNotTakenIsNotSavedBeyondTheBurst() {
    bucket.rate(OptionalLong.of(1_000_000));
    clock.advance(Duration.ofHours(1));
    assertThat(bucket.take(200_000)).isEqualTo(Duration.ofMillis(100).toNanos());
  }

  @Test
  void anotherRateForgetsTheDebtOfTheFormer() {
    bucket.rate(OptionalLong.of(10));
    assertThat(bucket.take(100_000)).isEqualTo(Duration.ofMinutes(1).toNanos());
    bucket.rate(OptionalLong.of(1_000_000));
    assertThat(bucket.take(1_000)).isZero();
    bucket.rate(OptionalLong.empty());
    assertThat(bucket.take(Integer.MAX_VALUE)).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void whoRestsAsToldGetsTheRate(long seed) {
    Random chance = new Random(seed);
    bucket.rate(OptionalLong.of(1_000_000));
    long begun = clock.nanos();
    long taken = 0;
    while (taken < 20_000_000) {
      int bytes = 1 + chance.nextInt(60_000);
      taken += bytes;
      clock.advance(Duration.ofNanos(bucket.take(bytes)));
    }
    double seconds = (clock.nanos() - begun) / 1e9;
    assertThat(taken / seconds).isBetween(990_000.0, 1_010_000.0);
  }
}
