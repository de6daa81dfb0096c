package io.fairlead.mqtt.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Retained messages of many topics, sent to a client that takes them slowly. */
class RetainedFeedTest {
  private static final int TOPICS = 250; // more than are taken from the tree at once

  private final SlowStore store = new SlowStore();
  private final BrokerLab lab = new BrokerLab(store, "");
  private final BrokerLab.Client publisher = lab.client("p").joined();
  private final BrokerLab.Client slow = lab.client("s").persistent(600);
  private final Map<String, String> last = new HashMap<>(); // by topic
  private int count;

  private void publishAll(String payload) {
    for (int i = 0; i < TOPICS; i++) {
      publisher.publish("r/" + i, payload, 1, 1 + i, true, Properties.EMPTY);
    }
    publisher.take();
  }

  private void subscribes() {
    slow.receiveMaximum = 10;
    slow.joined().subscribe("r/#", 1);
  }

  /** Acknowledges what came until nothing comes any more. */
  private void takeAll() {
    for (List<Packet> some = slow.take(); !some.isEmpty(); some = slow.take()) {
      for (Packet each : some) {
        if (!(each instanceof Packet.Publish message)) continue;
        count++;
        last.put(new String(message.topic(), UTF_8), new String(message.payload(), UTF_8));
        slow.ack(PacketType.PUBACK, message.packetId());
      }
    }
  }

  @Test
  void nothingOlderFollowsWhatWasPublishedMeanwhile() {
    publishAll("old");
    subscribes();
    publishAll("new");
    takeAll();
    assertThat(last).hasSize(TOPICS);
    assertThat(last.values()).containsOnly("new");
  }

  @Test
  void whatIsNotRetainedAnyMoreDoesNotCome() {
    publishAll("old");
    subscribes();
    publishAll("");
    takeAll();
    assertThat(last.values()).containsOnly("");
  }

  @Test
  void whoUnsubscribesGetsNoMore() {
    publishAll("x");
    subscribes();
    slow.send(new Packet.Unsubscribe(7, List.of("r/#"), Properties.EMPTY));
    takeAll();
    assertThat(count).isLessThanOrEqualTo(100);
  }

  @Test
  void whoUnsubscribesBeforeTheAnswerGetsNone() {
    publishAll("x");
    slow.joined();
    store.slow = true;
    slow.subscribe("r/#", 1);
    slow.send(new Packet.Unsubscribe(7, List.of("r/#"), Properties.EMPTY));
    store.complete();
    takeAll();
    assertThat(count).isZero();
  }

  @Test
  void theSameFilterAgainBeginsAgainAndNotTwice() {
    publishAll("x");
    subscribes();
    for (int i = 0; i < 5; i++) slow.subscribe("r/#", 1);
    takeAll();
    assertThat(last).hasSize(TOPICS);
    assertThat(count).isLessThanOrEqualTo(100 + TOPICS);
  }

  @Test
  void theNextConnectionGetsWhatIsLeft() {
    publishAll("x");
    subscribes();
    slow.take();
    slow.lose();
    slow.joined();
    takeAll();
    assertThat(last).hasSize(TOPICS);
  }

  /** As if on another event loop, at any moment. */
  @Test
  void whoSubscribesWhileAMessageIsRetainedGetsIt() {
    BrokerLab.Client other = lab.client("o").joined();
    store.asked =
        () -> {
          store.asked = () -> {};
          other.subscribe("r/#", 1);
        };
    publisher.publish("r/1", "x", 0, 0, true, Properties.EMPTY);
    assertThat(other.messages()).containsExactly("x");
  }
}
