package io.fairlead.mqtt.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.unit.ByteSize;
import io.fairlead.core.unit.Rate;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SharedPacesTest {
  private static final Optional<Rate> TEN = Optional.of(new Rate(10));
  private static final Optional<ByteSize> ANY = Optional.empty();

  private final SharedPaces paces = new SharedPaces();

  private long publish(String name, int messages, long nowMillis) {
    long now = TimeUnit.MILLISECONDS.toNanos(nowMillis);
    long wait = paces.join(name).take(TEN, ANY, now, messages, 1);
    paces.leave(name, TEN, ANY, now);
    return TimeUnit.NANOSECONDS.toMillis(wait);
  }

  @Test
  void whoLeavesAndComesAnewMayNoMore() {
    assertThat(publish("ann", 10, 0)).isZero();
    assertThat(publish("ann", 10, 0)).isEqualTo(1000);
    assertThat(publish("ann", 10, 500)).isEqualTo(1500);
    assertThat(publish("bob", 10, 500)).isZero();
    assertThat(publish("ann", 10, 10_000)).isZero();
  }

  @Test
  void whoIsAwayForLongEnoughIsForgotten() {
    for (int i = 0; i < 100; i++) assertThat(publish("n" + i, 5, 0)).isZero();
    assertThat(paces.size()).isEqualTo(100);
    for (int i = 0; i < 40; i++) assertThat(publish("late", 0, 1000)).isZero();
    assertThat(paces.size()).isZero();
  }

  @Test
  void whoPublishesNothingOrWithoutABoundIsNotRemembered() {
    var _ = paces.join("ann");
    paces.leave("ann", TEN, ANY, 0);
    paces.join("bob").take(Optional.empty(), ANY, 0, 1000, 1);
    paces.leave("bob", Optional.empty(), ANY, 0);
    assertThat(paces.size()).isZero();
  }
}
