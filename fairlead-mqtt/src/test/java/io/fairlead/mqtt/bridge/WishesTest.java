package io.fairlead.mqtt.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.BridgeConfig;
import io.fairlead.mqtt.BridgeConfig.Direction;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.session.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WishesTest {
  @Test
  void asksTheOtherBrokerUnderIdsThatNoMessageHas() {
    Sent link = new Sent();
    TopicMap topics =
        TopicMap.of(List.of(new BridgeConfig.Topic("in/#", Direction.IN, 1, "", "", true)));

    Wishes.there(link, topics, true, Set.of("before/#"));

    Packet.Unsubscribe first = (Packet.Unsubscribe) link.packets.getFirst();
    Packet.Subscribe second = (Packet.Subscribe) link.packets.getLast();
    assertThat(first.filters()).containsExactly("before/#");
    assertThat(second.wishes()).extracting(Packet.Wish::filter).containsExactly("in/#");
    assertThat(List.of(first.packetId(), second.packetId()))
        .doesNotHaveDuplicates()
        .allSatisfy(id -> assertThat(id).isBetween(Session.MESSAGE_ID_MAX + 1, 65_535));
  }

  private static final class Sent implements RemoteLink {
    private final List<Packet> packets = new ArrayList<>();

    @Override
    public void send(Packet packet) {
      packets.add(packet);
    }

    @Override
    public boolean writable() {
      return true;
    }

    @Override
    public void pause(Duration time) {}

    @Override
    public void close() {}
  }
}
