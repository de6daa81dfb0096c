package io.fairlead.app.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** However often it is asked for, at most one run waits, and it sees the newest. */
@Timeout(60)
class LatestWinsTest {
  private final AtomicInteger newest = new AtomicInteger();
  private final List<Integer> seen = new CopyOnWriteArrayList<>();

  @Test
  void aHundredWishesDuringARunBecomeOneThatSeesTheLast() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (LatestWins wishes =
        new LatestWins(
            "test",
            Duration.ZERO,
            Clock.system(),
            () -> {
              seen.add(newest.get());
              begun.countDown();
              awaitQuietly(go);
            })) {
      wishes.request();
      begun.await();
      for (int i = 1; i <= 100; i++) {
        newest.set(i);
        wishes.request();
      }
      go.countDown();
      await().atMost(Duration.ofSeconds(30)).until(() -> seen.size() == 2);
      assertThat(new ArrayList<>(seen)).containsExactly(0, 100);
      newest.set(101);
      wishes.request();
      await().atMost(Duration.ofSeconds(30)).until(() -> seen.contains(101));
      assertThat(seen).hasSize(3);
    }
  }

  @Test
  void aRunThatFailsDoesNotEndTheNext() {
    try (LatestWins wishes =
        new LatestWins(
            "test",
            Duration.ZERO,
            Clock.system(),
            () -> {
              seen.add(newest.get());
              if (newest.get() == 0) throw new IllegalStateException("expected by this test");
            })) {
      wishes.request();
      await().atMost(Duration.ofSeconds(30)).until(() -> seen.size() == 1);
      newest.set(1);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> {
                wishes.request();
                return seen.contains(1);
              });
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }
}
