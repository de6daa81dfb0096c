package io.fairlead.mqtt.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.access.Principal;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.mqtt.MqttClient;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.session.BrokerMeters.Drop;
import io.fairlead.mqtt.session.Hooks;
import io.fairlead.mqtt.session.MemorySteps;
import io.fairlead.mqtt.session.Session;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.net.budget.MemoryBudget;
import io.fairlead.net.budget.MemoryLimit;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Those around a message: hooks, memory, parts of this process, members of groups. */
class AroundMessagesTest {
  private SlowStore store = new SlowStore();
  private BrokerLab lab = new BrokerLab(store, "");

  private void with(String yaml) {
    store = new SlowStore();
    lab = new BrokerLab(store, yaml);
  }

  private BrokerLab.Client subscriber(String id, String filter, int qos) {
    BrokerLab.Client client = lab.client(id).persistent(600).joined().subscribe(filter, qos);
    client.take();
    return client;
  }

  private void publish(String topic, String payload, int qos) {
    lab.client("p")
        .joined()
        .publish(topic, payload, qos, qos == 0 ? 0 : 1, false, Properties.EMPTY);
  }

  /** Holds back topics that begin with {@code no}, and makes capitals of payloads. */
  private static final class Censor implements Hooks {
    final List<String> asked = new ArrayList<>();

    @Override
    public @Nullable Message incoming(Session from, Message message, boolean will) {
      String topic = new String(message.topic(), UTF_8);
      asked.add(from.clientId() + (will ? " will " : " ") + topic);
      if (topic.startsWith("no")) return null;
      return new Message(
          message.topic(),
          new String(message.payload(), UTF_8).toUpperCase(java.util.Locale.ROOT).getBytes(UTF_8),
          message.qos(),
          message.retain(),
          message.properties(),
          message.expiresAtMillis(),
          message.publisher());
    }

    @Override
    public @Nullable Message outgoing(Session to, Message message) {
      return to.clientId().equals("deaf") ? null : message;
    }

    @Override
    public ReasonCode subscribing(Session session, TopicFilter filter, int qos) {
      return filter.toString().startsWith("no")
          ? ReasonCode.IMPLEMENTATION_SPECIFIC
          : ReasonCode.granted(Math.min(1, qos));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void whatIsHeldBackIsAcknowledgedAndReachesNobody(int qos) {
    BrokerLab.Client s = subscriber("s", "#", 1);
    Censor censor = new Censor();
    lab.core.askedToo(censor);
    BrokerLab.Client p = lab.client("p").joined();
    int id = qos == 0 ? 0 : 7;
    p.publish("no", "x", qos, id, Properties.EMPTY);
    PacketType type = qos == 1 ? PacketType.PUBACK : PacketType.PUBREC;
    if (qos == 0) assertThat(p.take()).isEmpty();
    else assertThat(p.only()).isEqualTo(new Packet.Ack(type, id, ReasonCode.SUCCESS));
    p.publish("yes", "x", qos, id, Properties.EMPTY);
    assertThat(s.messages()).containsExactly("X");
    assertThat(censor.asked).containsExactly("p no", "p yes");
  }

  @Test
  void whatMayNotGoOutIsCountedAndForgotten() {
    BrokerLab.Client deaf = subscriber("deaf", "#", 1);
    BrokerLab.Client s = subscriber("s", "#", 1);
    lab.core.askedToo(new Censor());
    publish("a", "x", 1);
    publish("a", "y", 0);
    assertThat(deaf.take()).isEmpty();
    assertThat(s.messages()).containsExactly("X", "Y");
    assertThat(lab.dropped(Drop.NOT_AUTHORIZED)).isEqualTo(2);
    deaf.lose();
    BrokerLab later = new BrokerLab(store, "");
    assertThat(later.client("deaf").persistent(600).joined().take()).isEmpty();
  }

  @Test
  void whatIsSaidToASubscriptionIsItsAnswer() {
    lab.core.askedToo(new Censor());
    BrokerLab.Client s = lab.client("s").joined();
    s.send(
        new Packet.Subscribe(
            1,
            List.of(new Packet.Wish("no/#", 2), new Packet.Wish("a", 2), new Packet.Wish("b", 0)),
            Properties.EMPTY));
    assertThat(((Packet.SubAck) s.only()).reasons())
        .containsExactly(
            ReasonCode.IMPLEMENTATION_SPECIFIC, ReasonCode.GRANTED_QOS_1, ReasonCode.SUCCESS);
    assertThat(lab.core.subscriptions()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"no/will", "will"})
  void aWillThatIsHeldBackIsGone(String topic) {
    BrokerLab.Client watcher = lab.client("w").joined().subscribe("#", 0);
    watcher.take();
    Censor censor = new Censor();
    lab.core.askedToo(censor);
    BrokerLab.Client s = lab.client("s").persistent(600);
    s.will =
        Optional.of(
            new Packet.Will(
                topic.getBytes(UTF_8), "bye".getBytes(UTF_8), 1, false, Properties.EMPTY));
    s.joined();
    s.lose();
    assertThat(censor.asked).containsExactly("s will " + topic);
    assertThat(watcher.messages()).isEqualTo(topic.equals("will") ? List.of("BYE") : List.of());
    BrokerLab later = new BrokerLab(store, "");
    BrokerLab.Client again = later.client("w").joined().subscribe("#", 0);
    later.pass(ofSeconds(700));
    assertThat(again.messages()).isEmpty();
  }

  @Test
  void whatMayBeLostIsWhileMemoryIsShort() {
    AtomicLong used = new AtomicLong();
    MemoryBudget budget = new MemoryBudget(used::get);
    budget.limit(new MemoryLimit.Bytes(new ByteSize(1_000_000)));
    lab.core.heed(new MemorySteps(budget));
    BrokerLab.Client s = subscriber("s", "a", 1);
    used.set(850_000);
    budget.sample();
    publish("a", "lost", 0);
    publish("a", "kept", 1);
    assertThat(s.messages()).containsExactly("kept");
    assertThat(lab.dropped(Drop.MEMORY)).isOne();
    assertThat(lab.count("limit.rejections", "limit", "mqtt_memory")).isOne();
    used.set(100_000);
    budget.sample();
    publish("a", "again", 0);
    assertThat(s.messages()).containsExactly("again");
    assertThat(lab.dropped(Drop.MEMORY)).isOne();
  }

  @Test
  void oneOf64DeliveriesIsTimedAndNoneThatWaitedForItsClient() {
    lab.pass(ofSeconds(1));
    BrokerLab.Client s = subscriber("s", "a", 1);
    BrokerLab.Client p = lab.client("p").joined();
    for (int i = 1; i <= 128; i++) p.publish("a", "x", 1, i, Properties.EMPTY);
    assertThat(s.take()).hasSize(128);
    double timed = lab.registry.get("fairlead.mqtt.deliver").timer().count();
    assertThat(timed).isEqualTo(2);
    s.lose();
    for (int i = 1; i <= 128; i++) p.publish("a", "x", 1, i, Properties.EMPTY);
    lab.pass(ofSeconds(1));
    s.connect();
    assertThat(lab.registry.get("fairlead.mqtt.deliver").timer().count()).isEqualTo((long) timed);
  }

  /** A part of this process: what it is told, and whether it takes more. */
  private static final class Inside implements LocalLine.Peer {
    final List<Packet> told = new ArrayList<>();
    boolean ready = true;
    boolean closed;

    @Override
    public void packet(Packet packet) {
      told.add(packet);
    }

    @Override
    public boolean ready() {
      return ready;
    }

    @Override
    public void closed() {
      closed = true;
    }
  }

  private LocalLine inside(Inside peer) {
    String id = LocalLine.ID_PREFIX + "bridge";
    Packet.Connect connect =
        new Packet.Connect(
            MqttVersion.V5,
            true,
            0,
            id,
            Optional.empty(),
            Optional.empty(),
            null,
            Properties.of().with(PropertyId.SESSION_EXPIRY, 600).build());
    MqttClient client = new MqttClient(id, Principal.of(id), Set.of(), new InetSocketAddress(1));
    Shard shard = lab.core.homeOf(id, lab.core.shard(0));
    LocalLine[] line = new LocalLine[1];
    shard.executor().execute(() -> line[0] = LocalLine.open(shard, client, connect, peer));
    lab.settle();
    return line[0];
  }

  private void say(LocalLine line, Packet packet) {
    line.session().orElseThrow().host().executor().execute(() -> line.accept(packet));
    lab.settle();
  }

  @Test
  void aPartOfThisProcessHasEveryRightAndNoReceiveMaximum() {
    with("protocol: { receive_maximum: 2 }\n");
    lab.decideBy(Rights.without("publish:a", "subscribe:b", "receive:b"));
    Inside peer = new Inside();
    LocalLine line = inside(peer);
    say(line, new Packet.Subscribe(1, List.of(new Packet.Wish("b", 1)), Properties.EMPTY));
    for (int id = 1; id <= 5; id++) {
      say(
          line,
          new Packet.Publish(
              "a".getBytes(UTF_8), new byte[1], 2, false, false, id, Properties.EMPTY));
    }
    publish("b", "x", 1);
    assertThat(peer.told.stream().map(Packet::type))
        .containsExactly(
            PacketType.CONNACK,
            PacketType.SUBACK,
            PacketType.PUBREC,
            PacketType.PUBREC,
            PacketType.PUBREC,
            PacketType.PUBREC,
            PacketType.PUBREC,
            PacketType.PUBLISH);
    assertThat(peer.closed).isFalse();
  }

  @Test
  void aSlowPartOfThisProcessKeepsWhatAnAbsentOneWould() {
    with("session: { queue: { online: 2, offline: 5 } }\n");
    Inside peer = new Inside();
    LocalLine line = inside(peer);
    say(line, new Packet.Subscribe(1, List.of(new Packet.Wish("b", 1)), Properties.EMPTY));
    peer.ready = false;
    Session session = line.session().orElseThrow();
    for (int i = 0; i < 5; i++) {
      assertThat(session.full()).isFalse();
      publish("b", "m" + i, 1);
    }
    assertThat(session.full()).isTrue();
    assertThat(session.queued()).isEqualTo(5);
    assertThat(lab.dropped(Drop.QUEUE_FULL)).isZero();
    publish("b", "m5", 1);
    assertThat(lab.dropped(Drop.QUEUE_FULL)).isOne();
    peer.ready = true;
    session.host().executor().execute(line::onWritable);
    lab.settle();
    assertThat(peer.told.stream().filter(Packet.Publish.class::isInstance)).hasSize(5);
  }

  @Test
  void rejectCountsThePlacesOfAClientThatIsThere() {
    with("session: { queue: { online: 2, offline: 5, full: reject } }\n");
    BrokerLab.Client s = lab.client("s").persistent(600);
    s.receiveMaximum = 1;
    s.joined().subscribe("a", 1);
    s.take();
    BrokerLab.Client p = lab.client("p").joined();
    List<Boolean> taken = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      p.publish("a", "m" + i, 1, i, Properties.EMPTY);
      taken.add(!((Packet.Ack) p.only()).reason().error());
    }
    assertThat(taken).containsExactly(true, true, true, false, false); // one is under way
    s.lose();
    taken.clear();
    for (int i = 1; i <= 5; i++) {
      p.publish("a", "n" + i, 1, i, Properties.EMPTY);
      taken.add(!((Packet.Ack) p.only()).reason().error());
    }
    assertThat(taken).containsExactly(true, true, true, false, false); // two were there
  }

  @Test
  void aMemberTakesWhatWaitsForItsGroupAsItAsked() {
    with("session: { queue: { offline: 50 } }\n");
    BrokerLab.Client first = subscriber("first", "$share/g/a", 1);
    first.lose();
    BrokerLab.Client p = lab.client("p").joined();
    for (int i = 1; i <= 4; i++) p.publish("a", "m" + i, 1, i, true, Properties.EMPTY);
    BrokerLab.Client s = lab.client("s");
    s.receiveMaximum = 3;
    s.connect();
    s.send(
        new Packet.Subscribe(
            1,
            List.of(new Packet.Wish("$share/g/a", 2, false, true, 0)),
            Properties.of().with(PropertyId.SUBSCRIPTION_ID, 9).build()));
    List<Packet.Publish> came = publishes(s);
    assertThat(came)
        .extracting(m -> new String(m.payload(), UTF_8))
        .containsExactly("m1", "m2", "m3");
    assertThat(came).allMatch(m -> m.retain() && m.qos() == 1 && !m.dup());
    assertThat(came)
        .allSatisfy(
            m -> assertThat(m.properties().numbers(PropertyId.SUBSCRIPTION_ID)).containsExactly(9));
    s.ack(PacketType.PUBACK, came.getFirst().packetId());
    assertThat(s.messages()).containsExactly("m4");
    assertThat(lab.queueBytes()).isZero();
  }

  @Test
  void aMemberOfQos0TakesWhatWaitsWithoutAPlaceInItsWindow() {
    subscriber("first", "$share/g/a", 1).lose();
    BrokerLab.Client p = lab.client("p").joined();
    for (int i = 1; i <= 3; i++) p.publish("a", "m" + i, 1, i, Properties.EMPTY);
    BrokerLab.Client s = lab.client("s");
    s.receiveMaximum = 1;
    s.joined().subscribe("$share/g/a", 0);
    List<Packet.Publish> came = publishes(s);
    assertThat(came).hasSize(3).allMatch(m -> m.qos() == 0 && !m.retain());
    assertThat(s.session().inflight()).isZero();
    BrokerLab later = new BrokerLab(store, "");
    assertThat(later.client("first").persistent(600).joined().messages()).isEmpty();
  }

  @Test
  void aMemberThatLeavesItsGroupTakesNothingMore() {
    subscriber("first", "$share/g/a", 1).lose();
    BrokerLab.Client s = lab.client("s");
    s.receiveMaximum = 1;
    s.joined().subscribe("$share/g/a", 1);
    BrokerLab.Client p = lab.client("p").joined();
    for (int i = 1; i <= 3; i++) p.publish("a", "m" + i, 1, i, Properties.EMPTY);
    List<Packet.Publish> came = publishes(s);
    assertThat(came).hasSize(1);
    s.send(new Packet.Unsubscribe(2, List.of("$share/g/a"), Properties.EMPTY));
    s.ack(PacketType.PUBACK, came.getFirst().packetId());
    assertThat(s.messages()).isEmpty();
    BrokerLab.Client first = lab.client("first").persistent(600).joined();
    assertThat(first.messages()).containsExactly("m2", "m3");
  }

  @Test
  void whatIsRetainedStopsComingToWhoIsGone() {
    BrokerLab.Client p = lab.client("p").joined();
    for (int i = 0; i < 10; i++) p.publish("r/" + i, "m" + i, 1, 1 + i, true, Properties.EMPTY);
    BrokerLab.Client s = lab.client("s").persistent(600);
    s.receiveMaximum = 4;
    s.joined().subscribe("r/#", 1);
    assertThat(publishes(s)).hasSize(4);
    s.lose();
    s.connect();
    List<Packet.Publish> again = publishes(s);
    assertThat(again).hasSizeGreaterThanOrEqualTo(4).allMatch(Packet.Publish::retain);
    assertThat(again.subList(0, 4)).allMatch(Packet.Publish::dup);
  }

  @Test
  void aRetainedMessageThatExpiredIsNotSent() {
    BrokerLab.Client p = lab.client("p").joined();
    Properties ten = Properties.of().with(PropertyId.MESSAGE_EXPIRY, 10).build();
    p.publish("r/short", "short", 1, 1, true, ten);
    p.publish("r/long", "long", 1, 2, true, Properties.EMPTY);
    lab.pass(ofSeconds(10));
    BrokerLab.Client s = lab.client("s").joined().subscribe("r/#", 1);
    assertThat(s.messages()).containsExactly("long");
  }

  @Test
  void idsInUseAreNotGivenAgainAfterTheyCameRound() {
    with("session: { max_inflight: 3 }\n");
    BrokerLab.Client s = subscriber("s", "a", 1);
    BrokerLab.Client p = lab.client("p").joined();
    p.publish("a", "first", 1, 1, Properties.EMPTY);
    int held = publishes(s).getFirst().packetId();
    IntStream.range(0, 500)
        .forEach(
            i -> {
              p.publish("a", "x" + i, 1, 2, Properties.EMPTY);
              int id = publishes(s).getFirst().packetId();
              assertThat(id).isNotEqualTo(held);
              s.ack(PacketType.PUBACK, id);
            });
    assertThat(s.session().inflight()).isOne();
  }

  private static List<Packet.Publish> publishes(BrokerLab.Client client) {
    return client.take().stream()
        .filter(Packet.Publish.class::isInstance)
        .map(Packet.Publish.class::cast)
        .toList();
  }
}
