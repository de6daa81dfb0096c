package io.fairlead.mqtt.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.session.BrokerMeters.Drop;
import io.fairlead.mqtt.session.Session;
import io.fairlead.mqtt.store.MemoryStore;
import io.fairlead.mqtt.store.Message;
import org.junit.jupiter.api.Test;

/** Messages on their way from one event loop to another are bounded. */
class HandedTest {
  @Test
  void beyondTheBoundWhatMayBeLostIsAndTheRestIsNot() {
    BrokerLab lab = new BrokerLab(new MemoryStore(), "session: { queue: { qos0: off } }");
    BrokerLab.Client client = lab.client("s").joined();
    Session session = client.session();
    Shard home = (Shard) session.host();
    Shard other = lab.core.shards().stream().filter(each -> each != home).findAny().orElseThrow();
    assertThat(home.congested()).isFalse();
    for (int i = 0; i <= Shard.HANDED_MAX; i++) other.hand(message(session, 0));
    assertThat(home.congested()).isTrue();
    assertThat(other.congested()).isFalse();
    other.hand(message(session, 0));
    other.hand(message(session, 1));
    assertThat(lab.count("limit.rejections", "limit", "mqtt_handed")).isOne();
    assertThat(lab.dropped(Drop.MEMORY)).isOne();

    lab.settle();
    assertThat(client.take())
        .hasSize(Shard.HANDED_MAX + 2)
        .last()
        .satisfies(last -> assertThat(((Packet.Publish) last).qos()).isOne());
    assertThat(home.congested()).isFalse();
  }

  private static Shard.Handed message(Session session, int qos) {
    Message message =
        new Message(
            new byte[] {'t'}, new byte[0], qos, false, Properties.EMPTY, Message.NEVER, "p");
    return new Shard.Handed(session, message, qos, false, new int[0], 0, null, false);
  }
}
