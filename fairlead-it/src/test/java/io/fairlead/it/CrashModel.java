package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Packet.Ack;
import io.fairlead.mqtt.codec.Packet.ConnAck;
import io.fairlead.mqtt.codec.Packet.Publish;
import io.fairlead.mqtt.codec.Packet.Wish;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * What clients were promised, and whether it is kept. A publisher sends numbered messages of QoS 1
 * and 2, sets a retained one and changes a subscription; a receiver that comes and goes takes them;
 * mourned clients leave wills. All of them remember what they must when the broker dies.
 */
final class CrashModel {
  private static final Duration MOMENT = Duration.ofMillis(1);
  private static final int WINDOW = 30;
  private static final String RETAINED = "kept/value";

  private final RandomGenerator random;
  private final CrashClient publisher = new CrashClient("publisher");
  private final CrashClient receiver = new CrashClient("receiver");

  // What the publisher has not finished, by packet id.
  private final Map<Integer, Publish> sent = new LinkedHashMap<>();
  private final Set<Integer> released = new HashSet<>();
  private final TreeSet<Integer> acknowledged1 = new TreeSet<>();
  private final TreeSet<Integer> acknowledged2 = new TreeSet<>();
  private int number;
  private int lastId;
  private int retainedSent;
  private int retainedAcknowledged;

  // What the receiver has.
  private final Map<Integer, Integer> received1 = new TreeMap<>();
  private final Map<Integer, Integer> received2 = new TreeMap<>();
  private final Set<Integer> taken = new HashSet<>();
  private final Set<String> wills = new HashSet<>();
  private final List<CrashClient> mourned = new ArrayList<>();
  private final Set<String> promisedWills = new HashSet<>();
  private String lastWill = "";

  // Filters of the publisher: those confirmed, and one that may be or not.
  private final Map<String, Boolean> filters = new HashMap<>();
  private final Map<Integer, String> asked = new HashMap<>();
  private boolean subscribed;

  CrashModel(RandomGenerator random) {
    this.random = random;
  }

  /** The broker is back: everybody connects and goes on where he was. */
  void comeBack(InetSocketAddress address, int round, boolean receiverToo) throws IOException {
    enter(publisher, address, Optional.empty());
    asked.clear();
    for (Map.Entry<Integer, Publish> each : sent.entrySet()) {
      Publish one = each.getValue();
      if (released.contains(each.getKey())) {
        publisher.send(new Ack(PacketType.PUBREL, each.getKey(), ReasonCode.SUCCESS));
      } else {
        publisher.send(
            new Publish(
                one.topic(),
                one.payload(),
                one.qos(),
                one.retain(),
                true,
                each.getKey(),
                Properties.EMPTY));
      }
    }
    if (receiverToo) receive(address);
    CrashClient one = new CrashClient("mourned-" + round);
    enter(one, address, Optional.of(will("wills/" + round)));
    lastWill = "wills/" + round;
    promisedWills.add(lastWill);
    mourned.add(one);
  }

  private void receive(InetSocketAddress address) throws IOException {
    enter(receiver, address, Optional.empty());
    if (subscribed) return;
    receiver.send(
        new Packet.Subscribe(
            1,
            List.of(new Wish("m1/#", 2), new Wish("m2/#", 2), new Wish("wills/#", 1)),
            Properties.EMPTY));
    while (!subscribed && receiver.connected()) {
      receiver.take(Duration.ofSeconds(10)).ifPresent(this::onReceiver);
    }
  }

  private static void enter(CrashClient client, InetSocketAddress to, Optional<Packet.Will> will)
      throws IOException {
    boolean knew = client.known();
    ConnAck answer = client.connect(to, will);
    if (knew) assertThat(answer.sessionPresent()).as("a confirmed session is there").isTrue();
  }

  /** Traffic, a little. */
  void step() throws IOException {
    for (int i = 0; i < 8; i++) if (publisher.connected() && sent.size() < WINDOW) act();
    exchange();
  }

  /** Takes what has come, or waits a moment. */
  private void exchange() {
    for (int i = 0; i < WINDOW; i++) {
      Optional<Packet> packet = publisher.take(MOMENT);
      if (packet.isEmpty()) break;
      onPublisher(packet.get());
    }
    for (int i = 0; i < WINDOW; i++) {
      Optional<Packet> packet = receiver.take(MOMENT);
      if (packet.isEmpty()) break;
      onReceiver(packet.get());
    }
  }

  private void act() throws IOException {
    switch (random.nextInt(12)) {
      case 0 -> filter();
      case 1, 2 -> {
        retainedSent++;
        send(1, RETAINED, Integer.toString(retainedSent), true);
      }
      case 3, 4, 5, 6, 7 -> send(1, "m1/" + random.nextInt(3), Integer.toString(++number), false);
      default -> send(2, "m2/" + random.nextInt(3), Integer.toString(++number), false);
    }
  }

  private void send(int qos, String topic, String payload, boolean retain) throws IOException {
    do {
      lastId = lastId == 65_535 ? 1 : lastId + 1;
    } while (sent.containsKey(lastId));
    Publish message = CrashClient.publish(topic, payload, qos, retain, false, lastId);
    sent.put(lastId, message);
    publisher.send(message);
  }

  private void filter() throws IOException {
    if (!asked.isEmpty()) return;
    String filter = "own/" + random.nextInt(4);
    lastId = lastId == 65_535 ? 1 : lastId + 1;
    while (sent.containsKey(lastId)) lastId++;
    asked.put(lastId, filter);
    boolean there = filters.getOrDefault(filter, false);
    filters.remove(filter); // until it is confirmed it may be so or not
    if (there) {
      asked.put(lastId, "-" + filter);
      publisher.send(new Packet.Unsubscribe(lastId, List.of(filter), Properties.EMPTY));
    } else {
      publisher.send(new Packet.Subscribe(lastId, List.of(new Wish(filter, 1)), Properties.EMPTY));
    }
  }

  private void onPublisher(Packet packet) {
    try {
      switch (packet) {
        case Ack ack when ack.type() == PacketType.PUBACK -> finished(ack.packetId());
        case Ack ack when ack.type() == PacketType.PUBREC -> {
          assertThat(ack.reason().error()).as("PUBREC " + ack.reason()).isFalse();
          released.add(ack.packetId());
          publisher.send(new Ack(PacketType.PUBREL, ack.packetId(), ReasonCode.SUCCESS));
        }
        case Ack ack when ack.type() == PacketType.PUBCOMP -> finished(ack.packetId());
        case Packet.SubAck ack -> filters.put(answered(ack.packetId()), true);
        case Packet.UnsubAck ack -> filters.put(answered(ack.packetId()).substring(1), false);
        default -> {}
      }
    } catch (IOException _) {
      publisher.drop();
    }
  }

  private String answered(int id) {
    String filter = asked.remove(id);
    if (filter == null) throw new AssertionError("nobody asked: " + id);
    return filter;
  }

  private void finished(int id) {
    Publish done = sent.remove(id);
    released.remove(id);
    if (done == null) return;
    int value = Integer.parseInt(CrashClient.text(done.payload()));
    if (done.retain()) retainedAcknowledged = Math.max(retainedAcknowledged, value);
    else (done.qos() == 1 ? acknowledged1 : acknowledged2).add(value);
  }

  private void onReceiver(Packet packet) {
    try {
      switch (packet) {
        case Publish message -> taken(message);
        case Ack ack when ack.type() == PacketType.PUBREL -> {
          taken.remove(ack.packetId());
          receiver.send(new Ack(PacketType.PUBCOMP, ack.packetId(), ReasonCode.SUCCESS));
        }
        case Packet.SubAck _ -> subscribed = true;
        default -> {}
      }
    } catch (IOException _) {
      receiver.drop();
    }
  }

  private void taken(Publish message) throws IOException {
    String topic = CrashClient.text(message.topic());
    String payload = CrashClient.text(message.payload());
    boolean again = message.qos() == 2 && !taken.add(message.packetId());
    if (topic.startsWith("wills/")) wills.add(topic);
    else if (topic.startsWith("m1/")) received1.merge(Integer.parseInt(payload), 1, Integer::sum);
    else if (!again) received2.merge(Integer.parseInt(payload), 1, Integer::sum);
    PacketType type = message.qos() == 1 ? PacketType.PUBACK : PacketType.PUBREC;
    receiver.send(new Ack(type, message.packetId(), ReasonCode.SUCCESS));
  }

  /** The broker is dead; what it had sent is still read. */
  void broken() {
    while (publisher.connected()) {
      publisher.take(Duration.ofSeconds(5)).ifPresent(this::onPublisher);
    }
    while (receiver.connected()) receiver.take(Duration.ofSeconds(5)).ifPresent(this::onReceiver);
    mourned.forEach(CrashClient::drop);
    mourned.clear();
  }

  /** The last time: everything is finished, then held against what was promised. */
  void settle(InetSocketAddress address) throws IOException {
    if (!receiver.connected()) receive(address);
    int quiet = 0;
    while (quiet < 60 || !sent.isEmpty()) {
      int before = received1.size() + received2.size() + wills.size() + sent.size();
      for (int i = 0; i < 4; i++) exchange();
      int after = received1.size() + received2.size() + wills.size() + sent.size();
      quiet = before == after ? quiet + 1 : 0;
      if (quiet > 500) break;
      if (!publisher.connected()) throw new IOException("the publisher was cut");
    }
    assertThat(sent).as("everything is acknowledged in the end").isEmpty();
    assertThat(received1.keySet())
        .as("QoS 1: nothing acknowledged is lost")
        .containsAll(acknowledged1);
    assertThat(received2.keySet())
        .as("QoS 2: nothing acknowledged is lost")
        .containsAll(acknowledged2);
    assertThat(received2.values()).as("QoS 2: nothing comes twice").containsOnly(1);
    Set<String> due = new HashSet<>(promisedWills);
    due.remove(lastWill); // of a client that is still there
    assertThat(wills).as("wills of clients whose broker died").containsAll(due);
    checkRetained(address);
    checkFilters(address);
  }

  private void checkRetained(InetSocketAddress address) throws IOException {
    if (retainedAcknowledged == 0) return;
    CrashClient looker = new CrashClient("looker");
    looker.connect(address, Optional.empty());
    looker.send(new Packet.Subscribe(1, List.of(new Wish(RETAINED, 0)), Properties.EMPTY));
    for (int i = 0; i < 10; i++) {
      Optional<Packet> packet = looker.take(Duration.ofSeconds(5));
      if (packet.isPresent() && packet.get() instanceof Publish message) {
        assertThat(Integer.parseInt(CrashClient.text(message.payload())))
            .as("the retained message is the last one acknowledged, or a later one")
            .isBetween(retainedAcknowledged, retainedSent);
        looker.drop();
        return;
      }
    }
    throw new AssertionError("the retained message is gone");
  }

  private void checkFilters(InetSocketAddress address) throws IOException {
    CrashClient asker = new CrashClient("asker");
    asker.connect(address, Optional.empty());
    int id = 0;
    for (Map.Entry<String, Boolean> each : filters.entrySet()) {
      asker.send(CrashClient.publish(each.getKey(), "x", 1, false, false, ++id));
      Ack answer = (Ack) asker.take(Duration.ofSeconds(10)).orElseThrow();
      ReasonCode wanted = each.getValue() ? ReasonCode.SUCCESS : ReasonCode.NO_MATCHING_SUBSCRIBERS;
      assertThat(answer.reason()).as("subscription " + each).isEqualTo(wanted);
    }
    asker.drop();
  }

  private static Packet.Will will(String topic) {
    return new Packet.Will(
        topic.getBytes(java.nio.charset.StandardCharsets.UTF_8),
        "gone".getBytes(java.nio.charset.StandardCharsets.UTF_8),
        1,
        false,
        Properties.EMPTY);
  }

  /** For the report of a run. */
  @Override
  public String toString() {
    return acknowledged1.size()
        + " of QoS 1, "
        + acknowledged2.size()
        + " of QoS 2, "
        + retainedAcknowledged
        + " retained, "
        + wills.size()
        + " wills, "
        + filters.size()
        + " filters";
  }
}
