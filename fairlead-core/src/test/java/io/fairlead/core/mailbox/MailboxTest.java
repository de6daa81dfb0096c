package io.fairlead.core.mailbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class MailboxTest {
  @Test
  void aFullInboxAnswersFalseAndNothingIsLostOrReordered() {
    List<Integer> seen = new CopyOnWriteArrayList<>();
    var gate = new CountDownLatch(1);
    try (var mailbox =
        Mailbox.<Integer>start(
            "test",
            2,
            message -> {
              if (message == 0) awaitQuietly(gate);
              seen.add(message);
            })) {
      assertThat(mailbox.offer(0)).isTrue();
      await().until(() -> mailbox.depth() == 0);
      assertThat(mailbox.offer(1)).isTrue();
      assertThat(mailbox.offer(2)).isTrue();
      assertThat(mailbox.offer(3)).isFalse();
      gate.countDown();
      await().untilAsserted(() -> assertThat(seen).containsExactly(0, 1, 2));
    }
  }

  @Test
  void aFailingMessageDoesNotStopTheNext() {
    List<String> seen = new CopyOnWriteArrayList<>();
    try (var mailbox =
        Mailbox.<String>start(
            "test",
            4,
            message -> {
              if (message.equals("bad")) throw new IllegalStateException("expected by the test");
              seen.add(message);
            })) {
      mailbox.offer("bad");
      mailbox.offer("good");
      await().untilAsserted(() -> assertThat(seen).containsExactly("good"));
    }
  }

  @Test
  void anOwnerThatRestsTakesMessagesInOrderAndEndsAtOnceWhenClosed() {
    var seen = new CopyOnWriteArrayList<Integer>();
    var mailbox = Mailbox.<Integer>start("test", 100, Duration.ofMillis(20), seen::add);
    for (int i = 0; i < 50; i++) assertThat(mailbox.offer(i)).isTrue();
    await().until(() -> seen.size() == 50);
    assertThat(seen).isSorted();
    mailbox.close();

    var slow = Mailbox.<Integer>start("test", 100, Duration.ofHours(1), seen::add);
    assertThat(slow.offer(50)).isTrue();
    await().until(() -> seen.size() == 51);
    assertThat(slow.offer(51)).isTrue();
    await().during(Duration.ofMillis(50)).until(() -> slow.depth() == 1); // it rests
    slow.close();
    assertThat(slow.offer(52)).isFalse();
  }

  @Test
  void aClosedMailboxRefuses() {
    var mailbox = Mailbox.<String>start("test", 4, _ -> {});
    mailbox.close();
    assertThat(mailbox.offer("late")).isFalse();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
