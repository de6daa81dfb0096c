package io.fairlead.core.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EventBusTest {
  private static final GatewayEvent EVENT =
      new GatewayEvent.ConfigApplied(Instant.EPOCH, 1, "start", Duration.ZERO);

  @Test
  void aSlowOnlookerLosesEventsCountedAndBlocksNobody() throws Exception {
    try (var bus = new EventBus()) {
      var gate = new CountDownLatch(1);
      var slow =
          bus.subscribe(
              "slow",
              2,
              _ -> {
                try {
                  gate.await();
                } catch (InterruptedException _) {
                  Thread.currentThread().interrupt();
                }
              });
      var fast = new AtomicInteger();
      bus.subscribe("fast", 100, _ -> fast.incrementAndGet());
      for (int i = 0; i < 10; i++) bus.publish(EVENT);
      await().until(() -> fast.get() == 10);
      assertThat(slow.dropped()).isBetween(7L, 8L); // one may already be in its hands
      assertThat(bus.dropped()).isEqualTo(slow.dropped());
      gate.countDown();
    }
  }
}
