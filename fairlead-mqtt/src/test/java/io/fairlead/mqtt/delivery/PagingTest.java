package io.fairlead.mqtt.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.session.BrokerMeters.Drop;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What waits for a session that is away is left to the store and read when its turn comes. */
class PagingTest {
  private static final int MANY = 1000;

  private final SlowStore store = new SlowStore();

  PagingTest() {
    store.pages = true;
  }

  @Test
  void aLongQueueIsInTheStoreAndComesInItsOrder() {
    BrokerLab lab = lab("{ session: { queue: { online: 50 } } }");
    BrokerLab.Client receiver = away(lab);
    BrokerLab.Client publisher = lab.client("p").joined();
    publish(publisher, 0, MANY);
    publish(publisher, MANY, 2 * MANY);
    assertThat(lab.queueBytes()).as("bytes in memory").isZero();
    assertThat(session(lab).queued()).isEqualTo(2 * MANY);

    receiver.joined();
    publish(publisher, 2 * MANY, 2 * MANY + 10);
    assertThat(all(receiver)).containsExactlyElementsOf(numbers(0, 2 * MANY + 10));
    assertThat(session(lab).queued()).isZero();
    assertThat(lab.queueBytes()).isZero();
    assertThat(lab.dropped(Drop.STORE)).isZero();
  }

  @Test
  void onlyAPageIsReadBeforeTheClientTakesIt() {
    BrokerLab lab = lab("{}");
    BrokerLab.Client receiver = away(lab);
    publish(lab.client("p").joined(), 0, MANY);
    receiver.receiveMaximum = 1;
    receiver.joined();
    assertThat(store.readings).as("questions to the store").hasSize(1);
    read();
    lab.settle();
    assertThat(store.readings).as("a page is there").isEmpty();
    Packet.Publish first = (Packet.Publish) receiver.take().getLast();
    for (int i = 0; i < 60; i++) {
      receiver.ack(PacketType.PUBACK, first.packetId() + i);
    }
    assertThat(store.readings).as("questions to the store").hasSize(1);
    read();
    lab.settle();
    assertThat(store.readings).as("enough is there").isEmpty();
    assertThat(receiver.messages()).hasSize(60);
  }

  @Test
  void afterARestartTheRestIsStillInTheStore() {
    BrokerLab before = lab("{}");
    away(before);
    publish(before.client("p").joined(), 0, MANY);

    BrokerLab lab = lab("{}");
    assertThat(lab.queueBytes()).isZero();
    assertThat(session(lab).queued()).isEqualTo(MANY);
    BrokerLab.Client receiver = lab.client("s").persistent(600).joined();
    publish(lab.client("p").joined(), MANY, MANY + 5);
    assertThat(all(receiver)).containsExactlyElementsOf(numbers(0, MANY + 5));
  }

  @Test
  void theOldestGoFirstWhetherTheyAreInMemoryOrNot() {
    BrokerLab lab = lab("{ session: { queue: { offline: 300 } } }");
    BrokerLab.Client receiver = away(lab);
    publish(lab.client("p").joined(), 0, MANY);
    assertThat(session(lab).queued()).isEqualTo(300);
    assertThat(lab.dropped(Drop.QUEUE_FULL)).isEqualTo(MANY - 300);

    receiver.joined();
    assertThat(all(receiver)).containsExactlyElementsOf(numbers(MANY - 300, MANY));
  }

  @Test
  void whatIsDroppedWhileItIsReadDoesNotComeBack() {
    BrokerLab lab = lab("{ session: { queue: { online: 300, offline: 300 } } }");
    BrokerLab.Client receiver = away(lab);
    BrokerLab.Client publisher = lab.client("p").joined();
    publish(publisher, 0, 300);
    receiver.receiveMaximum = 80;
    receiver.joined(); // a page is asked for
    publish(publisher, 300, 410); // some 30 too many: the oldest go, those being read too
    List<String> got = all(receiver);
    assertThat(got).doesNotHaveDuplicates().hasSizeLessThan(410).endsWith("409");
    assertThat(got).extracting(Integer::valueOf).isSorted();
    assertThat(got.size() + lab.dropped(Drop.QUEUE_FULL)).isEqualTo(410);
  }

  @Test
  void aClientThatLeavesInTheMiddleFindsTheRest() {
    BrokerLab lab = lab("{}");
    BrokerLab.Client receiver = away(lab);
    publish(lab.client("p").joined(), 0, MANY);
    receiver.receiveMaximum = 300;
    receiver.joined();
    read();
    receiver.take();
    receiver.lose();
    read();
    lab.settle();
    assertThat(lab.queueBytes()).isLessThan(MANY / 2.0 * 64);
    receiver.joined();
    assertThat(all(receiver)).containsExactlyElementsOf(numbers(0, MANY));
  }

  /** MQTT 5.0 §3.1.2.11.2: a session that is to end with this connection is there until then. */
  @Test
  void aSessionThatEndsWithItsConnectionStillDeliversWhatTheStoreHas() {
    BrokerLab lab = lab("{}");
    BrokerLab.Client receiver = away(lab);
    publish(lab.client("p").joined(), 0, MANY);
    receiver.persistent(0).joined();
    assertThat(all(receiver)).containsExactlyElementsOf(numbers(0, MANY));
    receiver.lose();
    assertThat(lab.core.sessions()).isEqualTo(1); // the publisher's
    assertThat(sessionsKept()).isZero();
  }

  @Test
  void theQueueOfASessionThatEndsIsCounted() {
    BrokerLab lab = lab("{}");
    away(lab);
    publish(lab.client("p").joined(), 0, MANY);
    BrokerLab.Client anew = lab.client("s");
    anew.joined();
    assertThat(lab.dropped(Drop.SESSION_ENDED)).isEqualTo(MANY);
    assertThat(anew.messages()).isEmpty();
    assertThat(lab.queueBytes()).isZero();
  }

  @Test
  void comingBackToMoreThanAClientThatIsThereMayHaveLosesNothing() {
    BrokerLab lab = lab("{ session: { queue: { online: 50 } } }");
    BrokerLab.Client receiver = away(lab);
    BrokerLab.Client publisher = lab.client("p").joined();
    publish(publisher, 0, 300);
    receiver.receiveMaximum = 10;
    receiver.joined();
    publish(publisher, 300, 310);
    assertThat(all(receiver)).containsExactlyElementsOf(numbers(0, 310));

    publish(publisher, 400, 500); // none is acknowledged: 10 are on their way, 50 wait
    assertThat(lab.dropped(Drop.QUEUE_FULL)).isEqualTo(40);
  }

  private BrokerLab lab(String yaml) {
    return new BrokerLab(store, yaml);
  }

  private static BrokerLab.Client away(BrokerLab lab) {
    BrokerLab.Client receiver = lab.client("s").persistent(600).joined().subscribe("a", 1);
    receiver.take();
    receiver.lose();
    return receiver;
  }

  private static void publish(BrokerLab.Client publisher, int from, int to) {
    for (int i = from; i < to; i++) {
      publisher.publish("a", Integer.toString(i), 1, 1 + i % 60_000, Properties.EMPTY);
      publisher.take();
    }
  }

  /** Takes and acknowledges until nothing comes. */
  private List<String> all(BrokerLab.Client receiver) {
    List<String> all = new ArrayList<>();
    while (true) {
      read();
      List<Packet> some = receiver.take();
      if (some.isEmpty() && store.readings.isEmpty()) return all;
      for (Packet packet : some) {
        if (!(packet instanceof Packet.Publish message)) continue;
        String payload = new String(message.payload(), java.nio.charset.StandardCharsets.UTF_8);
        if (!message.dup() || !all.contains(payload)) all.add(payload);
        receiver.ack(PacketType.PUBACK, message.packetId());
      }
    }
  }

  private void read() {
    for (Runnable each = store.readings.poll(); each != null; each = store.readings.poll()) {
      each.run();
    }
  }

  private static io.fairlead.mqtt.session.Session session(BrokerLab lab) {
    return lab.core.find("s").orElseThrow().session("s").orElseThrow();
  }

  private int sessionsKept() {
    int[] count = {0};
    store.sessions().forEach(each -> count[0] += each.clientId().equals("s") ? 1 : 0);
    return count[0];
  }

  private static List<String> numbers(int from, int to) {
    return IntStream.range(from, to).mapToObj(Integer::toString).toList();
  }
}
