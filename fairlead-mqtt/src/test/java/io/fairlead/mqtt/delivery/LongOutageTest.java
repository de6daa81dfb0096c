package io.fairlead.mqtt.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.store.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A bridge whose line is cut for long: what is full then is its own queue, and nobody else's. */
class LongOutageTest {
  private static final String ID = LocalLine.ID_PREFIX + "bridge/x";

  private static final class Line implements LocalLine.Peer {
    final List<Packet> packets = new ArrayList<>();
    boolean ready;

    @Override
    public void packet(Packet packet) {
      packets.add(packet);
    }

    @Override
    public boolean ready() {
      return ready;
    }

    @Override
    public void closed() {}
  }

  private static LocalLine open(BrokerLab lab, Line peer) {
    Packet.Connect connect =
        new Packet.Connect(
            MqttVersion.V5,
            false,
            0,
            ID,
            Optional.empty(),
            Optional.empty(),
            null,
            Properties.of().with(PropertyId.SESSION_EXPIRY, 0xffff_ffffL).build());
    Shard home = lab.core.homeOf(ID, lab.core.shard(0));
    LocalLine line = LocalLine.open(home, LocalLine.client(ID, ID, "bridge"), connect, peer);
    lab.settle();
    return line;
  }

  @ParameterizedTest
  @ValueSource(strings = {"drop_oldest", "drop_newest", "reject", "disconnect"})
  void theOldestGoesAndPublishersGoOn(String full) {
    BrokerLab lab =
        new BrokerLab(
            new MemoryStore(),
            "session: { queue: { online: 5, offline: 5, full: " + full + " } }\n");
    LocalLine line = open(lab, new Line());
    line.accept(new Packet.Subscribe(1, List.of(new Packet.Wish("a", 1)), Properties.EMPTY));
    lab.settle();
    line.leave();
    lab.settle();

    BrokerLab.Client publisher = lab.client("p").joined();
    for (int id = 1; id <= 20; id++) {
      publisher.publish("a", "m" + id, 1, id, Properties.EMPTY);
      assertThat(publisher.only())
          .isEqualTo(new Packet.Ack(PacketType.PUBACK, id, ReasonCode.SUCCESS));
    }

    Line back = new Line();
    back.ready = true;
    open(lab, back).onWritable();
    lab.settle();
    assertThat(((Packet.ConnAck) back.packets.getFirst()).sessionPresent()).isTrue();
    assertThat(back.packets.stream().filter(Packet.Publish.class::isInstance))
        .extracting(each -> new String(((Packet.Publish) each).payload(), UTF_8))
        .containsExactly("m16", "m17", "m18", "m19", "m20");
  }
}
