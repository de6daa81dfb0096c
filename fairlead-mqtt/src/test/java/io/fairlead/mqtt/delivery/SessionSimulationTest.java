package io.fairlead.mqtt.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.MqttConfig;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.store.MemoryStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients that publish and receive, lose their connection at any point, come back or take their own
 * session over, stop reading for a while, and lose what was on its way to them; time passes and the
 * wall clock is set. What a publisher was told is delivered, QoS 2 exactly once, and first
 * deliveries keep their order.
 */
class SessionSimulationTest {
  private static final int STEPS = 3000;

  /** A subscriber that keeps to the protocol. */
  private static final class Subscriber {
    final BrokerLab.Client client;
    final Map<Integer, List<String>> firsts = new HashMap<>(); // by QoS, in order
    final Map<Integer, Set<String>> seen = new HashMap<>();
    final Set<Integer> heldIds = new HashSet<>();
    final List<Packet> toAnswer = new ArrayList<>();

    Subscriber(BrokerLab.Client client) {
      this.client = client;
      for (int qos = 1; qos <= 2; qos++) {
        firsts.put(qos, new ArrayList<>());
        seen.put(qos, new HashSet<>());
      }
    }

    void receive() {
      for (Packet packet : client.take()) {
        switch (packet) {
          case Packet.Publish message -> {
            String payload = new String(message.payload(), StandardCharsets.UTF_8);
            boolean known = message.qos() == 2 && !heldIds.add(message.packetId());
            if (message.qos() == 2 && !known) {
              assertThat(seen.get(2)).as("exactly once").doesNotContain(payload);
            }
            if (!known && seen.get(message.qos()).add(payload)) {
              firsts.get(message.qos()).add(payload);
            }
            toAnswer.add(message);
          }
          case Packet.Ack ack when ack.type() == PacketType.PUBREL -> toAnswer.add(ack);
          default -> {}
        }
      }
    }

    void answerOne() {
      if (toAnswer.isEmpty()) return;
      switch (toAnswer.removeFirst()) {
        case Packet.Publish message ->
            client.ack(
                message.qos() == 1 ? PacketType.PUBACK : PacketType.PUBREC, message.packetId());
        case Packet.Ack ack -> {
          heldIds.remove(ack.packetId());
          client.ack(PacketType.PUBCOMP, ack.packetId());
        }
        default -> throw new AssertionError();
      }
    }

    /**
     * Its connection goes.
     *
     * @param gotAll whether what was sent to it has arrived
     */
    void lose(boolean gotAll) {
      if (gotAll) receive();
      else client.take();
      toAnswer.clear();
      client.lose();
    }

    /** A second connection under its name: the first is ended. */
    void takeOver(boolean gotAll) {
      if (gotAll) receive();
      else client.take();
      toAnswer.clear();
      client.connect();
      assertThat(client.connected()).isTrue();
    }
  }

  /** A publisher that keeps to the protocol: what is not acknowledged it sends again. */
  private static final class Publisher {
    final BrokerLab.Client client;
    final Map<Integer, String> unanswered = new LinkedHashMap<>(); // "qos payload" by id
    final Set<Integer> released = new HashSet<>();
    int nextId = 1;
    int number;

    Publisher(BrokerLab.Client client) {
      this.client = client;
    }

    void publish(int qos) {
      if (unanswered.size() > 20) return;
      int id = nextId;
      nextId = nextId % 1000 + 1;
      if (unanswered.containsKey(id)) return;
      String payload = client.id + "-" + qos + "-" + String.format("%06d", number++);
      unanswered.put(id, payload);
      client.publish("t", payload, qos, id, Properties.EMPTY);
    }

    void receive() {
      for (Packet packet : client.take()) {
        if (!(packet instanceof Packet.Ack ack)) continue;
        switch (ack.type()) {
          case PUBREC -> {
            released.add(ack.packetId());
            client.ack(PacketType.PUBREL, ack.packetId());
          }
          default -> {
            unanswered.remove(ack.packetId());
            released.remove(ack.packetId());
          }
        }
      }
    }

    /** Connects, over a connection it may still have. */
    void comeBack() {
      client.take();
      client.connect();
      unanswered.forEach(
          (id, payload) -> {
            if (released.contains(id)) client.ack(PacketType.PUBREL, id);
            else client.publish("t", payload, qosOf(payload), id, Properties.EMPTY);
          });
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 20261122})
  void nothingThatWasAcknowledgedIsLost(long given) {
    long seed = Long.getLong("fairlead.seed", given);
    Random random = new Random(seed);
    BrokerLab lab = new BrokerLab(new MemoryStore(), MqttConfig.DEFAULTS);
    List<Subscriber> subscribers = new ArrayList<>();
    List<Publisher> publishers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      BrokerLab.Client client = lab.client("s" + i).persistent(2_000_000);
      client.receiveMaximum = 1 + random.nextInt(10);
      client.connect();
      client.subscribe("t", 2);
      subscribers.add(new Subscriber(client));
      BrokerLab.Client publisher = lab.client("p" + i).persistent(2_000_000);
      publisher.connect();
      publishers.add(new Publisher(publisher));
    }
    int takeovers = 0;
    for (int step = 0; step < STEPS; step++) {
      Subscriber s = subscribers.get(random.nextInt(3));
      Publisher p = publishers.get(random.nextInt(3));
      switch (random.nextInt(16)) {
        case 0 -> toggle(s, random.nextBoolean());
        case 1 -> toggle(p);
        case 12 -> {
          takeovers++;
          if (s.client.connected()) s.takeOver(random.nextBoolean());
        }
        case 13 -> {
          takeovers++;
          if (p.client.connected()) p.comeBack();
        }
        case 14 -> {
          if (!s.client.connected()) break;
          if (random.nextBoolean()) s.client.stall();
          else s.client.readAgain();
        }
        case 15 -> {
          lab.pass(Duration.ofMillis(random.nextInt(60_000)));
          long jump = random.nextInt(-7200, 7200);
          lab.clock.jumpWallTo(lab.clock.wall().plusSeconds(jump));
        }
        case 2, 3, 4, 5 -> {
          if (p.client.connected()) p.publish(1 + random.nextInt(2));
        }
        case 6, 7 -> {
          if (p.client.connected()) p.receive();
        }
        default -> {
          if (!s.client.connected()) break;
          s.receive();
          s.answerOne();
        }
      }
    }
    assertThat(takeovers).as("seed %s", seed).isPositive();
    finish(subscribers, publishers);
    check(seed, subscribers, publishers);
  }

  private static void toggle(Subscriber s, boolean gotAll) {
    if (s.client.connected()) s.lose(gotAll);
    else s.client.connect();
  }

  private static void toggle(Publisher p) {
    if (p.client.connected()) {
      p.client.lose();
      p.client.take();
    } else {
      p.comeBack();
    }
  }

  /** Everybody comes back and finishes. */
  private static void finish(List<Subscriber> subscribers, List<Publisher> publishers) {
    for (Publisher p : publishers) {
      if (!p.client.connected()) p.comeBack();
      for (int i = 0; i < 5; i++) p.receive();
      assertThat(p.unanswered).isEmpty();
    }
    for (Subscriber s : subscribers) {
      if (!s.client.connected()) s.client.connect();
      s.client.readAgain();
      s.receive();
      while (!s.toAnswer.isEmpty()) {
        s.answerOne();
        s.receive();
      }
    }
  }

  private static void check(long seed, List<Subscriber> subscribers, List<Publisher> publishers) {
    for (Subscriber s : subscribers) {
      int total = s.seen.get(1).size() + s.seen.get(2).size();
      int published = publishers.stream().mapToInt(p -> p.number).sum();
      assertThat(total).as("seed %s: delivered to %s", seed, s.client.id).isEqualTo(published);
      for (int qos = 1; qos <= 2; qos++) {
        for (Publisher p : publishers) {
          List<String> own =
              s.firsts.get(qos).stream().filter(m -> m.startsWith(p.client.id)).toList();
          assertThat(own).as("seed %s: order of QoS %s", seed, qos).isSorted();
        }
      }
    }
  }

  private static int qosOf(String payload) {
    return payload.charAt(payload.indexOf('-') + 1) - '0';
  }
}
