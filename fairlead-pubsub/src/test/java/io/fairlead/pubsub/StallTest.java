package io.fairlead.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.time.Clock;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Nodes that answer everything, pings too, and tell nothing. */
@Tag("nightly")
class StallTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  /** The machine's clock, which can be set forward. */
  private static final class Forward implements Clock {
    private final AtomicLong ahead = new AtomicLong();

    @Override
    public long nanos() {
      return Clock.system().nanos() + ahead.get();
    }

    @Override
    public Instant wall() {
      return Clock.system().wall().plusNanos(ahead.get());
    }

    void by(Duration time) {
      ahead.addAndGet(time.toNanos());
    }
  }

  private final Forward clock = new Forward();
  private final Fast fast =
      new Fast()
          .settings(
              Fast.SETTINGS
                  .heads(true)
                  .keepalive(
                      new ServiceSettings.Keepalive(
                          Duration.ofMillis(200), Duration.ofHours(1), Duration.ofHours(1))));
  private FakeNode node;
  private volatile long height = 2;

  @BeforeEach
  void open() throws IOException {
    node =
        FakeNode.ws()
            .on(
                (line, ask) -> {
                  if (!ask.method().equals("eth_blockNumber")) return false;
                  line.result(ask, "\"0x" + Long.toHexString(height) + "\"");
                  return true;
                });
  }

  @AfterEach
  void close() throws IOException {
    node.close();
  }

  private PubSubFrontend followed() throws Exception {
    PubSubFrontend frontend = fast.watched(fast.builder(node.connector()).clock(clock).connect());
    await().atMost(SOON).until(() -> node.asks("eth_subscribe").size() == 1);
    tell("0xa1", 1);
    tell("0xa1", 2);
    await().atMost(SOON).until(() -> fast.count("head.number") == 2);
    return frontend;
  }

  private void tell(String subscription, long number) throws IOException {
    node.line()
        .notify(
            "\"" + subscription + "\"",
            FakeNode.block(number, FakeNode.hash(number), FakeNode.hash(number - 1)));
  }

  @Test
  void f16AChainThatStandsStillIsToldAndGoesOn() throws Exception {
    try (PubSubFrontend frontend = followed()) {
      clock.by(Duration.ofSeconds(31));
      await().atMost(SOON).until(() -> frontend.state() == ServiceState.STALLED);
      assertThat(fast.events).anyMatch(ServiceEvent.Stalled.class::isInstance);
      assertThat(node.asks("eth_syncing")).isNotEmpty();
      tell("0xa1", 3);
      await().atMost(SOON).until(() -> frontend.state() == ServiceState.LIVE);
      assertThat(node.asks("eth_subscribe")).hasSize(1);
      assertThat(node.connections()).isEqualTo(1);
    }
  }

  @Test
  void f16AnsweredPingsDoNotKeepADeadSubscription() throws Exception {
    try (PubSubFrontend frontend = followed()) {
      await().atMost(SOON).until(() -> node.line().pings.get() > 0);
      height = 9;
      for (int renewals = 1; renewals <= 2; renewals++) {
        int asked = 1 + renewals;
        clock.by(Duration.ofSeconds(31));
        await().atMost(SOON).until(() -> node.asks("eth_subscribe").size() == asked);
        assertThat(node.connections()).isEqualTo(1);
        assertThat(node.asks("eth_unsubscribe")).hasSize(renewals);
      }
      clock.by(Duration.ofSeconds(31));
      await().atMost(SOON).until(() -> node.connections() == 2);
      await().atMost(SOON).until(() -> frontend.state() == ServiceState.LIVE);
      await().atMost(SOON).until(() -> node.asks("eth_subscribe").size() == 4);
      tell("0xa4", 9);
      await().atMost(SOON).until(() -> fast.count("head.number") == 9);
    }
  }
}
