package io.fairlead.core.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ManualClockTest {
  @Test
  void timersRunInOrderAtTheirOwnInstantAndMaySetNewOnes() {
    var clock = new ManualClock();
    List<String> ran = new ArrayList<>();
    clock.after(Duration.ofSeconds(2), () -> ran.add("two@" + clock.nanos() / 1_000_000_000));
    clock.after(
        Duration.ofSeconds(1),
        () -> {
          ran.add("one@" + clock.nanos() / 1_000_000_000);
          clock.after(Duration.ofMillis(500), () -> ran.add("nested"));
        });
    var cancelled = clock.after(Duration.ofSeconds(1), () -> ran.add("never"));
    cancelled.cancel();
    clock.advance(Duration.ofSeconds(3));
    assertThat(ran).containsExactly("one@1", "nested", "two@2");
    assertThat(clock.pending()).isZero();
  }
}
