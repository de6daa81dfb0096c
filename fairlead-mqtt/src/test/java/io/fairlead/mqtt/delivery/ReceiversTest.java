package io.fairlead.mqtt.delivery;

import static io.fairlead.mqtt.codec.PacketType.PUBACK;
import static io.fairlead.mqtt.codec.PacketType.PUBCOMP;
import static io.fairlead.mqtt.codec.PacketType.PUBREC;
import static io.fairlead.mqtt.codec.PacketType.PUBREL;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.session.BrokerMeters.Drop;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of messages for one client: sent, kept, dropped, told. */
class ReceiversTest {
  private SlowStore store = new SlowStore();
  private BrokerLab lab = new BrokerLab(store, "");

  private void with(String yaml) {
    store = new SlowStore();
    lab = new BrokerLab(store, yaml);
  }

  private BrokerLab.Client subscriber(String filter, int qos) {
    BrokerLab.Client client = lab.client("s").persistent(600).joined().subscribe(filter, qos);
    client.take();
    return client;
  }

  private void publish(String topic, String payload, int qos) {
    BrokerLab.Client p = lab.client("p").joined();
    p.publish(topic, payload, qos, qos == 0 ? 0 : 1, Properties.EMPTY);
    assertThat(p.ended()).isFalse();
  }

  private static Packet.Publish message(Packet packet) {
    return (Packet.Publish) packet;
  }

  private static Packet error(PacketType type, int id) {
    return new Packet.Ack(type, id, ReasonCode.UNSPECIFIED_ERROR);
  }

  @ParameterizedTest
  @CsvSource({"0, 2, 0", "1, 2, 1", "2, 2, 2", "2, 1, 1", "2, 0, 0", "1, 0, 0"})
  void theQosIsTheLowerOfTheTwo(int published, int granted, int expected) {
    BrokerLab.Client s = subscriber("a", granted);
    publish("a", "x", published);
    Packet.Publish came = message(s.only());
    assertThat(came.qos()).isEqualTo(expected);
    assertThat(came.dup()).isFalse();
    assertThat(came.retain()).isFalse();
    assertThat(lab.count("mqtt.messages", "direction", "sent", "qos", "" + expected)).isOne();
    assertThat(lab.core.meters().sentTotal()).isOne();
    assertThat(s.session().inflight()).isEqualTo(expected == 0 ? 0 : 1);
  }

  @Test
  void whatIsFinishedIsForgottenEverywhere() {
    BrokerLab.Client s = subscriber("a", 2);
    publish("a", "one", 1);
    publish("a", "two", 2);
    List<Packet> came = s.take();
    assertThat(s.session().inflight()).isEqualTo(2);
    s.ack(PUBACK, message(came.get(0)).packetId());
    int second = message(came.get(1)).packetId();
    s.ack(PUBREC, second);
    assertThat(s.only()).isEqualTo(new Packet.Ack(PUBREL, second, ReasonCode.SUCCESS));
    assertThat(s.session().inflight()).isOne();
    s.ack(PUBREC, second);
    assertThat(s.only()).isEqualTo(new Packet.Ack(PUBREL, second, ReasonCode.SUCCESS));
    s.ack(PUBCOMP, second);
    assertThat(s.session().inflight()).isZero();
    assertThat(s.session().queued()).isZero();
    s.lose();
    assertThat(s.connect().sessionPresent()).isTrue();
    assertThat(s.take()).isEmpty();
    assertThat(after(store).take()).as("after a restart").isEmpty();
  }

  private BrokerLab.Client after(SlowStore kept) {
    BrokerLab later = new BrokerLab(kept, lab.core.config());
    BrokerLab.Client back = later.client("s").persistent(600);
    back.connect();
    return back;
  }

  @Test
  void whatIsUnderWayIsThereAfterARestart() {
    BrokerLab.Client s = subscriber("a", 2);
    publish("a", "sent", 1);
    publish("a", "released", 2);
    s.receiveMaximum = 2;
    List<Packet> came = s.take();
    s.ack(PUBREC, message(came.get(1)).packetId());
    s.take();
    s.lose();
    publish("a", "waiting", 1);

    List<Packet> again = after(store).take();
    assertThat(again).hasSize(3);
    assertThat(message(again.get(0)).dup()).isTrue();
    assertThat(message(again.get(0)).packetId()).isEqualTo(message(came.get(0)).packetId());
    assertThat(again.get(1))
        .isEqualTo(new Packet.Ack(PUBREL, message(came.get(1)).packetId(), ReasonCode.SUCCESS));
    assertThat(message(again.get(2)).dup()).isFalse();
    assertThat(message(again.get(2)).payload()).asString().isEqualTo("waiting");
  }

  @ParameterizedTest
  @CsvSource({"1, PUBREC", "2, PUBACK"})
  void anAnswerOfTheWrongKindEndsTheConnection(int qos, PacketType answer) {
    BrokerLab.Client s = subscriber("a", qos);
    publish("a", "x", qos);
    s.ack(answer, message(s.only()).packetId());
    assertThat(s.only())
        .isEqualTo(new Packet.Disconnect(ReasonCode.PROTOCOL_ERROR, Properties.EMPTY));
    s.lose();
    s.connect();
    assertThat(message(s.only()).dup()).as("it was not finished").isTrue();
  }

  @Test
  void answersToNothingAreHarmless() {
    BrokerLab.Client s = subscriber("a", 2);
    s.ack(PUBACK, 7);
    s.ack(PUBCOMP, 7);
    assertThat(s.take()).isEmpty();
    s.ack(PUBREC, 7);
    assertThat(s.only()).isEqualTo(new Packet.Ack(PUBREL, 7, ReasonCode.PACKET_ID_NOT_FOUND));
    publish("a", "one", 1);
    int id = message(s.only()).packetId();
    s.ack(PUBCOMP, id); // of another QoS
    assertThat(s.session().inflight()).isOne();
    assertThat(s.ended()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void whatTheClientRefusesIsDroppedAndTheNextComes(int qos) {
    BrokerLab.Client s = lab.client("s").persistent(600);
    s.receiveMaximum = 1;
    s.joined().subscribe("a", qos);
    s.take();
    publish("a", "refused", qos);
    publish("a", "next", qos);
    s.send(error(qos == 1 ? PUBACK : PUBREC, message(s.only()).packetId()));
    assertThat(s.messages()).containsExactly("next");
    assertThat(lab.dropped(Drop.REFUSED_BY_CLIENT)).isOne();
  }

  @Test
  void aPubackThatIsNoErrorIsNotCountedAsADrop() {
    BrokerLab.Client s = subscriber("a", 1);
    publish("a", "x", 1);
    s.ack(PUBACK, message(s.only()).packetId());
    assertThat(lab.dropped(Drop.REFUSED_BY_CLIENT)).isZero();
  }

  @Test
  void aClientThatDoesNotReadGetsTheRestWhenItDoes() {
    BrokerLab.Client s = subscriber("a", 1);
    s.stall();
    publish("a", "zero", 0);
    publish("a", "one", 1);
    publish("a", "two", 1);
    assertThat(s.take()).isEmpty();
    assertThat(s.session().queued()).isEqualTo(2);
    assertThat(lab.queueBytes()).isPositive();
    s.readAgain();
    assertThat(s.messages()).containsExactly("one", "two", "zero");
    assertThat(s.session().queued()).isZero();
    assertThat(lab.queueBytes()).isZero();
  }

  @Test
  void aThousandMessagesThatMayBeLostWaitAndNoMore() {
    BrokerLab.Client s = subscriber("a", 0);
    s.stall();
    BrokerLab.Client p = lab.client("p").joined();
    for (int i = 0; i < 1003; i++) p.publish("a", "m" + i, 0, 0, Properties.EMPTY);
    assertThat(lab.dropped(Drop.QUEUE_FULL)).isEqualTo(3);
    s.readAgain();
    List<String> came = s.messages();
    assertThat(came).hasSize(1000);
    assertThat(came.getLast()).isEqualTo("m999");
    s.stall();
    p.publish("a", "late", 0, 0, Properties.EMPTY);
    s.lose();
    assertThat(lab.dropped(Drop.OFFLINE)).isOne();
    assertThat(lab.queueBytes()).isZero();
    p.publish("a", "away", 0, 0, Properties.EMPTY);
    assertThat(lab.dropped(Drop.OFFLINE)).isEqualTo(2);
    s.connect();
    assertThat(s.messages()).isEmpty();
    assertThat(s.connect().properties().user()).as("none that counts was lost").isEmpty();
  }

  @Test
  void messagesThatMayBeLostWaitForAClientThatIsAwayWhereThatIsWanted() {
    with("session: { queue_qos0: true }\n");
    BrokerLab.Client s = subscriber("a", 0);
    s.stall();
    publish("a", "stalled", 0);
    s.lose();
    publish("a", "away", 0);
    s.connect();
    assertThat(s.messages()).containsExactly("stalled", "away");
    BrokerLab.Client brief = lab.client("brief").joined().subscribe("b", 0);
    brief.stall();
    publish("b", "x", 0);
    brief.lose();
    assertThat(lab.dropped(Drop.OFFLINE)).as("its session ended").isOne();
  }

  @ParameterizedTest
  @CsvSource({"drop_oldest, 'm3,m4,m5', 2", "drop_newest, 'm1,m2,m3', 2", "reject, 'm1,m2,m3', 2"})
  void aFullQueueDropsAsItWasTold(String policy, String kept, int lost) {
    with("session: { queue: { offline: 3, full: " + policy + " } }\n");
    BrokerLab.Client s = subscriber("a", 1);
    s.lose();
    for (int i = 1; i <= 5; i++) publish("a", "m" + i, 1);

    assertThat(lab.dropped(Drop.QUEUE_FULL)).isEqualTo(lost);
    Packet.ConnAck answer = s.connect();
    assertThat(s.messages()).containsExactly(kept.split(","));
    boolean told = !policy.equals("reject"); // the publisher was
    assertThat(answer.properties().user())
        .isEqualTo(
            told ? List.of(new Properties.UserProperty("fl-dropped", "" + lost)) : List.of());
    assertThat(s.connect().properties().user()).as("told once").isEmpty();
  }

  @Test
  void bytesCountAsMessagesDo() {
    with("session: { queue: { offline_bytes: 1KiB, full: drop_oldest } }\n");
    BrokerLab.Client s = subscriber("a", 1);
    s.lose();
    for (int i = 1; i <= 3; i++) publish("a", i + "x".repeat(300), 1);
    publish("a", "y".repeat(2000), 1); // more than all of it
    assertThat(lab.dropped(Drop.QUEUE_FULL)).isEqualTo(4);
    assertThat(lab.queueBytes()).isZero();
    publish("a", "z", 1);
    s.connect();
    assertThat(s.messages()).containsExactly("z");
  }

  @Test
  void aFullQueueMayEndTheSession() {
    with("session: { queue: { online: 2, offline: 2, full: disconnect } }\n");
    BrokerLab.Client s = lab.client("s").persistent(600);
    s.receiveMaximum = 1;
    s.joined().subscribe("a", 1);
    s.take();
    for (int i = 0; i < 3; i++) publish("a", "m" + i, 1);
    assertThat(s.ended()).isFalse();
    publish("a", "m3", 1);
    assertThat(s.ended()).isTrue();
    List<Packet> came = s.take();
    assertThat(came.getLast())
        .isEqualTo(new Packet.Disconnect(ReasonCode.QUOTA_EXCEEDED, Properties.EMPTY));
    assertThat(lab.core.subscriptions()).isZero();
    assertThat(s.connect().sessionPresent()).isFalse();
    assertThat(lab.dropped(Drop.SESSION_ENDED)).isEqualTo(3);
  }

  /** Its client comes back between the message that is one too many and the end. */
  @Test
  void whoComesBackToASessionThatEndsIsTold() {
    with("session: { queue: { online: 2, offline: 2, full: disconnect } }\n");
    subscriber("a", 1).lose();
    BrokerLab.Client p = onShardOf("s");
    for (int id = 1; id <= 2; id++) p.publish("a", "x", 1, id, Properties.EMPTY);
    byte[] topic = {'a'};
    Packet oneTooMany = new Packet.Publish(topic, topic, 1, false, false, 3, Properties.EMPTY);
    p.session().host().executor().execute(() -> p.session().accept(oneTooMany));
    BrokerLab.Client back = lab.client("s").persistent(600);
    back.connectLater();
    assertThat(back.ended()).isTrue();
    assertThat(back.take().getLast())
        .isEqualTo(new Packet.Disconnect(ReasonCode.QUOTA_EXCEEDED, Properties.EMPTY));
    assertThat(lab.core.connected()).isOne();
  }

  private BrokerLab.Client onShardOf(String id) {
    for (int i = 0; ; i++) {
      BrokerLab.Client each = lab.client("p" + i).joined();
      if (each.session().host() == lab.core.find(id).orElseThrow()) return each;
      each.disconnect(ReasonCode.SUCCESS);
    }
  }

  @Test
  void rejectPromisesPlacesAcrossEventLoops() {
    with("session: { queue: { offline: 4, full: reject } }\n");
    subscriber("a", 1).lose();
    List<ReasonCode> answers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      BrokerLab.Client p = lab.client("p" + i).joined(); // on either shard
      p.publish("a", "x", 1, 1, Properties.EMPTY);
      answers.add(((Packet.Ack) p.only()).reason());
    }
    assertThat(answers)
        .containsExactly(
            ReasonCode.SUCCESS,
            ReasonCode.SUCCESS,
            ReasonCode.SUCCESS,
            ReasonCode.SUCCESS,
            ReasonCode.QUOTA_EXCEEDED,
            ReasonCode.QUOTA_EXCEEDED,
            ReasonCode.QUOTA_EXCEEDED,
            ReasonCode.QUOTA_EXCEEDED);
    assertThat(lab.client("s").persistent(600).joined().take()).hasSize(4);
  }

  @Test
  void whatIsTooLargeForTheClientIsNotSent() {
    BrokerLab.Client s = lab.client("s").persistent(600);
    s.packetBytesMax = 50;
    s.joined().subscribe("a", 1);
    s.take();
    // Fixed header 2, topic 3, id 2, properties 1.
    publish("a", "x".repeat(42), 1);
    publish("a", "x".repeat(43), 1);
    publish("a", "x".repeat(44), 0); // no id
    publish("a", "x".repeat(45), 0);
    List<Packet> came = s.take();
    assertThat(came).extracting(each -> message(each).payload().length).containsExactly(42, 44);
    assertThat(lab.dropped(Drop.TOO_LARGE)).isEqualTo(2);
    s.lose();
    assertThat(after(store).take()).as("only what is under way").hasSize(1);
  }

  @Test
  void aTopicThatMayNotBeReceivedIsNotSent() {
    lab.decideBy(Rights.without("receive:no"));
    BrokerLab.Client s = subscriber("+", 1);
    publish("no", "x", 1);
    publish("yes", "y", 1);
    publish("no", "x", 0);
    assertThat(s.messages()).containsExactly("y");
    assertThat(lab.dropped(Drop.NOT_AUTHORIZED)).isEqualTo(2);
    lab.decideBy(Rights.without("receive:yes"));
    publish("yes", "y", 0);
    publish("no", "x", 0);
    assertThat(s.messages()).containsExactly("x");
  }

  @Test
  void whatExpiredWhileItWaitedIsCounted() {
    BrokerLab.Client s = subscriber("a", 1);
    s.lose();
    BrokerLab.Client p = lab.client("p").joined();
    p.publish("a", "x", 1, 1, Properties.of().with(PropertyId.MESSAGE_EXPIRY, 10).build());
    lab.pass(ofSeconds(10));
    s.connect();
    assertThat(s.take()).isEmpty();
    assertThat(lab.dropped(Drop.EXPIRED)).isOne();
  }

  @Test
  void beforeVersion5AMessageHasNoProperties() {
    BrokerLab.Client s = lab.client("s");
    s.version = MqttVersion.V3_1_1;
    s.joined().subscribe("a/#", 1);
    s.take();
    BrokerLab.Client p = lab.client("p").joined();
    Properties much = Properties.of().with(PropertyId.CONTENT_TYPE, "text").user("k", "v").build();
    p.publish("a/b", "x", 1, 1, much);
    Packet.Publish came = message(s.only());
    assertThat(new String(came.topic(), StandardCharsets.UTF_8)).isEqualTo("a/b");
    assertThat(came.payload()).asString().isEqualTo("x");
    assertThat(came.properties()).isEqualTo(Properties.EMPTY);
    assertThat(came.packetId()).isPositive();
    s.send(Packet.PingReq.INSTANCE);
    assertThat(s.only()).isEqualTo(Packet.PingResp.INSTANCE);
  }

  @Test
  void version3HasAWindowOfTheBrokers() {
    with("session: { v3_inflight: 2, max_inflight: 3 }\n");
    BrokerLab.Client old = lab.client("old");
    old.version = MqttVersion.V3_1_1;
    old.joined().subscribe("a", 1);
    BrokerLab.Client rich = lab.client("rich").joined().subscribe("a", 1);
    for (int i = 0; i < 5; i++) publish("a", "m" + i, 1);
    assertThat(old.messages()).hasSize(2);
    assertThat(rich.messages()).hasSize(3);
  }

  @Test
  void aPacketNoClientSendsEndsTheConnection() {
    BrokerLab.Client s = lab.client("s").joined();
    s.send(Packet.PingResp.INSTANCE);
    assertThat(s.only())
        .isEqualTo(new Packet.Disconnect(ReasonCode.PROTOCOL_ERROR, Properties.EMPTY));
  }

  @Test
  void whatIsSentAgainKeepsItsOrderWhateverTheIds() {
    BrokerLab.Client s = subscriber("a", 1);
    BrokerLab.Client p = lab.client("p").joined();
    for (int i = 0; i < 300; i++) p.publish("a", "m" + i, 1, 1 + i, Properties.EMPTY);
    List<Packet> first = s.take();
    for (int i = 0; i < 300; i += 2) s.ack(PUBACK, message(first.get(i)).packetId());
    for (int i = 300; i < 700; i++) p.publish("a", "m" + i, 1, 1 + i, Properties.EMPTY);
    s.take();
    for (int round = 0; round < 2; round++) {
      s.lose();
      s.connect();
      List<String> expected = new ArrayList<>();
      for (int i = 1; i < 300; i += 2) expected.add("m" + i);
      for (int i = 300; i < 700; i++) expected.add("m" + i);
      List<Packet> again = s.take();
      assertThat(again)
          .extracting(each -> new String(message(each).payload(), StandardCharsets.UTF_8))
          .isEqualTo(expected);
      assertThat(again).allMatch(each -> message(each).dup());
    }
    // The window counts what goes out again: 1000 less 550 are free.
    for (int i = 0; i < 500; i++) p.publish("a", "n" + i, 1, 1 + i, Properties.EMPTY);
    assertThat(s.messages()).hasSize(450);
  }

  @Test
  void aMessageSentAgainCarriesItsWholeTopic() {
    BrokerLab.Client s = lab.client("s").persistent(600);
    s.aliasMaximum = 10;
    s.joined().subscribe("a", 1);
    publish("a", "one", 1);
    s.take();
    s.lose();
    s.connect();
    Packet.Publish again = message(s.only());
    assertThat(new String(again.topic(), StandardCharsets.UTF_8)).isEqualTo("a");
    assertThat(again.properties().has(PropertyId.TOPIC_ALIAS)).isFalse();
  }

  @Test
  void theAliasUsedLongestAgoGivesItsNumberAway() {
    BrokerLab.Client s = lab.client("s");
    s.aliasMaximum = 2;
    s.joined().subscribe("#", 0);
    s.take();
    BrokerLab.Client p = lab.client("p").joined();
    for (String topic : List.of("a", "b", "a", "c", "a", "b", "b"))
      p.publish(topic, "x", 0, 0, Properties.EMPTY);
    List<String> came = new ArrayList<>();
    for (Packet each : s.take()) {
      came.add(
          new String(message(each).topic(), StandardCharsets.UTF_8)
              + message(each).properties().number(PropertyId.TOPIC_ALIAS, 0));
    }
    assertThat(came).containsExactly("a1", "b2", "1", "c2", "1", "b2", "2");
  }

  @Test
  void anAliasThatWouldMakeThePacketTooLargeIsLeftOut() {
    BrokerLab.Client s = lab.client("s");
    s.aliasMaximum = 5;
    s.packetBytesMax = 50;
    s.joined().subscribe("#", 0);
    s.take();
    BrokerLab.Client p = lab.client("p").joined();
    p.publish("a", "x".repeat(44), 0, 0, Properties.EMPTY); // fits by itself, not with 3 more
    p.publish("a", "x".repeat(41), 0, 0, Properties.EMPTY);
    p.publish("a", "x".repeat(44), 0, 0, Properties.EMPTY);
    List<String> came = new ArrayList<>();
    for (Packet each : s.take()) {
      came.add(
          new String(message(each).topic(), StandardCharsets.UTF_8)
              + message(each).properties().number(PropertyId.TOPIC_ALIAS, 0));
    }
    assertThat(came).containsExactly("a0", "a1", "1");
  }

  @Test
  void aNumberNeverMeansTwoTopicsAlsoAfterOneWasLeftOut() {
    BrokerLab.Client s = lab.client("s");
    s.aliasMaximum = 2;
    s.packetBytesMax = 50;
    s.joined().subscribe("#", 0);
    s.take();
    BrokerLab.Client p = lab.client("p").joined();
    p.publish("a", "x", 0, 0, Properties.EMPTY);
    p.publish("b", "x", 0, 0, Properties.EMPTY);
    p.publish("c", "x".repeat(44), 0, 0, Properties.EMPTY); // no room for its number
    p.publish("d", "x", 0, 0, Properties.EMPTY);
    p.publish("b", "x", 0, 0, Properties.EMPTY);
    Map<Long, String> topics = new HashMap<>();
    List<String> came = new ArrayList<>();
    for (Packet each : s.take()) {
      String topic = new String(message(each).topic(), StandardCharsets.UTF_8);
      long alias = message(each).properties().number(PropertyId.TOPIC_ALIAS, 0);
      if (!topic.isEmpty() && alias != 0) topics.put(alias, topic);
      came.add(topic.isEmpty() ? topics.get(alias) : topic);
    }
    assertThat(came).containsExactly("a", "b", "c", "d", "b");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void whatIsTooLargeForTheNextConnectionIsNotSentAgain(int qos) {
    BrokerLab.Client s = lab.client("s").persistent(600).joined().subscribe("a", qos);
    BrokerLab.Client p = lab.client("p").joined();
    p.publish("a", "x".repeat(100), qos, 1, Properties.EMPTY);
    int id = message(s.take().getLast()).packetId();
    p.publish("a", "small", qos, 2, Properties.EMPTY);
    s.lose();
    s.packetBytesMax = 50;
    s.connect();
    List<Packet> again = s.take();
    assertThat(lab.dropped(Drop.TOO_LARGE)).isOne();
    if (qos == 1) {
      assertThat(again).hasSize(1);
    } else { // it may have the message, and is to forget the id
      assertThat(again.getFirst()).isEqualTo(new Packet.Ack(PUBREL, id, ReasonCode.SUCCESS));
      s.ack(PUBCOMP, id);
    }
    assertThat(message(again.getLast()).payload()).hasSize(5);
    assertThat(s.session().inflight()).isOne();
  }

  @Test
  void subscriptionIdsAndExpiryCountAsBytes() {
    BrokerLab.Client s = lab.client("s");
    s.packetBytesMax = 50;
    s.joined();
    s.send(
        new Packet.Subscribe(
            3,
            List.of(new Packet.Wish("a", 0)),
            Properties.of().with(PropertyId.SUBSCRIPTION_ID, 200).build()));
    s.take();
    BrokerLab.Client p = lab.client("p").joined();
    Properties expiry = Properties.of().with(PropertyId.MESSAGE_EXPIRY, 60).build();
    for (int length = 34; length <= 42; length++) {
      p.publish("a", "x".repeat(length), 0, 0, Properties.EMPTY);
      p.publish("a", "x".repeat(length), 0, 0, expiry);
    }
    List<Integer> plain = new ArrayList<>();
    List<Integer> expiring = new ArrayList<>();
    for (Packet each : s.take()) {
      assertThat(message(each).properties().numbers(PropertyId.SUBSCRIPTION_ID))
          .containsExactly(200);
      boolean expires = message(each).properties().has(PropertyId.MESSAGE_EXPIRY);
      (expires ? expiring : plain).add(message(each).payload().length);
    }
    // 50 less header 2, topic 3, length of properties 1, id 3, and expiry 5.
    assertThat(plain).containsExactly(34, 35, 36, 37, 38, 39, 40, 41);
    assertThat(expiring).containsExactly(34, 35, 36);
  }

  @Test
  void aGroupsMessageWaitsForWhoeverComesAndKeepsItsExpiry() {
    BrokerLab.Client s = subscriber("$share/g/a", 1);
    s.lose();
    publish("a", "one", 1);
    publish("a", "zero", 0);
    assertThat(lab.dropped(Drop.OFFLINE)).as("nobody has room for it").isOne();
    assertThat(lab.queueBytes()).isPositive();
    s.connect();
    assertThat(s.messages()).containsExactly("one");
    assertThat(lab.queueBytes()).isZero();
  }

  @Test
  void aGroupsMessageOfAMemberThatDiesGoesToAnotherAndOfQos2OnlyOnceItsSessionEnds() {
    BrokerLab.Client one = lab.client("one").persistent(600).joined().subscribe("$share/g/a", 2);
    one.take();
    publish("a", "first", 1);
    publish("a", "second", 2);
    assertThat(one.messages()).containsExactly("first", "second");
    BrokerLab.Client two = lab.client("two").persistent(600).joined().subscribe("$share/g/a", 2);
    two.take();
    one.lose();
    assertThat(two.messages()).containsExactly("first");
    lab.pass(ofSeconds(600));
    two.take();
    assertThat(lab.core.sessions()).isEqualTo(2); // two, and p, which comes and goes
  }
}
