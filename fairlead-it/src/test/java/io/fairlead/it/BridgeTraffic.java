package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Packet.Ack;
import io.fairlead.mqtt.codec.Packet.Publish;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Clients at both ends of a bridge: numbered messages go in at one and are counted at the other.
 */
final class BridgeTraffic {
  private static final Duration SOON = Duration.ofSeconds(15);

  private BridgeTraffic() {}

  /** Asks to be let in with a session that lasts; the answer is the next packet. */
  static MqttLink open(int port, String id) throws IOException {
    Properties lasting = Properties.of().with(PropertyId.SESSION_EXPIRY, 3600).build();
    return MqttLink.open(
        new InetSocketAddress("127.0.0.1", port),
        false,
        new Packet.Connect(
            MqttVersion.V5, false, 0, id, Optional.empty(), Optional.empty(), null, lasting),
        SOON);
  }

  static MqttLink join(int port, String id) throws IOException {
    MqttLink link = open(port, id);
    Packet.ConnAck answer = (Packet.ConnAck) link.take(SOON).orElseThrow();
    assertThat(answer.reason()).isEqualTo(ReasonCode.SUCCESS);
    return link;
  }

  /** Publishes numbers and waits until the last was acknowledged. */
  static void publish(int port, String id, String topic, int qos, int from, int to)
      throws IOException {
    try (MqttLink link = join(port, id)) {
      int open = 0;
      for (int number = from; number < to || open > 0; ) {
        if (number < to && open < 15) {
          byte[] payload = Integer.toString(number).getBytes(StandardCharsets.UTF_8);
          byte[] name =
              topic.replace("@", Integer.toString(number % 7)).getBytes(StandardCharsets.UTF_8);
          link.send(new Publish(name, payload, qos, false, false, link.nextId(), Properties.EMPTY));
          number++;
          open++;
          continue;
        }
        Ack ack = (Ack) link.take(SOON).orElseThrow();
        assertThat(ack.reason().error()).as(ack.toString()).isFalse();
        if (ack.type() == PacketType.PUBREC) {
          link.send(new Ack(PacketType.PUBREL, ack.packetId(), ReasonCode.SUCCESS));
        } else {
          open--;
        }
      }
    }
  }

  /** Counts what a lasting session gets, by number. */
  static final class Counts implements AutoCloseable {
    private final Map<Integer, Integer> seen = new TreeMap<>();
    private final Set<Integer> open = new HashSet<>(); // ids of QoS 2
    private final String id;
    private MqttLink link;

    Counts(int port, String id, String filter, int qos) throws IOException {
      this.id = id;
      link = join(port, id);
      link.send(new Packet.Subscribe(1, List.of(new Packet.Wish(filter, qos)), Properties.EMPTY));
      assertThat(link.take(SOON).orElseThrow()).isInstanceOf(Packet.SubAck.class);
    }

    /** Connects anew; the session goes on. */
    void again(int port) throws IOException {
      link.close();
      link = join(port, id);
    }

    /** Until every number up to that was there, and then for as long as something comes. */
    void await(int count) throws IOException {
      while (seen.size() < count) {
        Optional<Packet> next = link.take(SOON);
        if (next.isEmpty())
          throw new AssertionError(id + " has " + seen.size() + " and misses " + missing(count));
        take(next.get());
      }
      for (Optional<Packet> more = link.take(Duration.ofMillis(300));
          more.isPresent();
          more = link.take(Duration.ofMillis(300))) {
        take(more.get());
      }
    }

    private void take(Packet packet) throws IOException {
      switch (packet) {
        case Publish publish -> {
          int number = Integer.parseInt(new String(publish.payload(), StandardCharsets.UTF_8));
          if (publish.qos() < 2 || open.add(publish.packetId()))
            seen.merge(number, 1, Integer::sum);
          if (publish.qos() == 0) return;
          PacketType type = publish.qos() == 1 ? PacketType.PUBACK : PacketType.PUBREC;
          link.send(new Ack(type, publish.packetId(), ReasonCode.SUCCESS));
        }
        case Ack ack -> {
          open.remove(ack.packetId());
          link.send(new Ack(PacketType.PUBCOMP, ack.packetId(), ReasonCode.SUCCESS));
        }
        default -> {}
      }
    }

    private List<Integer> missing(int count) {
      return IntStream.range(0, count)
          .filter(each -> !seen.containsKey(each))
          .limit(20)
          .boxed()
          .toList();
    }

    /** Numbers that came more than once. */
    Map<Integer, Integer> repeated() {
      return seen.entrySet().stream()
          .filter(each -> each.getValue() > 1)
          .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    int size() {
      return seen.size();
    }

    @Override
    public void close() throws IOException {
      link.close();
    }
  }
}
