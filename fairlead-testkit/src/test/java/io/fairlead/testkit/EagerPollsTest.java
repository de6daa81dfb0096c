package io.fairlead.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EagerPollsTest {
  @Test
  void looksSoonAndThenLessAndLessOften() {
    List<Duration> pauses = new ArrayList<>();
    Duration pause = Duration.ZERO;
    for (int i = 0; i < 12; i++) {
      pause = EagerPolls.after(pause);
      pauses.add(pause);
    }
    assertThat(pauses).isSorted().startsWith(Duration.ofMillis(2), Duration.ofMillis(3));
    assertThat(pauses.getLast()).isEqualTo(Duration.ofMillis(100));
  }

  @Test
  void isInForceWithoutBeingAskedFor() {
    List<Duration> pauses = new ArrayList<>();
    await()
        .conditionEvaluationListener(look -> pauses.add(look.getPollInterval()))
        .until(() -> pauses.size() == 3);
    assertThat(pauses).isSorted().allMatch(pause -> pause.compareTo(Duration.ofMillis(20)) < 0);
  }
}
