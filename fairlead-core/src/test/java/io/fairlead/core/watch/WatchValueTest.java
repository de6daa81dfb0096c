package io.fairlead.core.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class WatchValueTest {
  private final Deque<Runnable> queued = new ArrayDeque<>();
  private final List<Integer> seen = new ArrayList<>();

  @Test
  void observerGetsTheCurrentValueAndThenTheNewestOfABurst() {
    var watch = new WatchValue<>(1);
    watch.observe(queued::add, seen::add);
    runAll();
    watch.set(2);
    watch.set(3);
    watch.set(4);
    runAll();
    assertThat(seen).containsExactly(1, 4);
    assertThat(watch.current()).isEqualTo(4);
  }

  @Test
  void aClosedObservationIsNotCalledAgainEvenIfScheduled() {
    var watch = new WatchValue<>(1);
    var observation = watch.observe(queued::add, seen::add);
    observation.close();
    watch.set(2);
    runAll();
    assertThat(seen).isEmpty();
  }

  private void runAll() {
    while (!queued.isEmpty()) queued.remove().run();
  }
}
