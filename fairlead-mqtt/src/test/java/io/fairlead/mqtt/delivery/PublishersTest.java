package io.fairlead.mqtt.delivery;

import static io.fairlead.mqtt.codec.PacketType.PUBACK;
import static io.fairlead.mqtt.codec.PacketType.PUBCOMP;
import static io.fairlead.mqtt.codec.PacketType.PUBREC;
import static io.fairlead.mqtt.codec.PacketType.PUBREL;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.session.BrokerMeters.Drop;
import io.fairlead.mqtt.store.BrokerStore;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a publisher is answered, in every version. */
class PublishersTest {
  private final SlowStore store = new SlowStore();
  private BrokerLab lab = new BrokerLab(store, BrokerLab.config(""));

  private void with(String yaml) {
    lab = new BrokerLab(store, yaml);
  }

  private BrokerLab.Client v3(String id) {
    BrokerLab.Client client = lab.client(id);
    client.version = MqttVersion.V3_1_1;
    return client.joined();
  }

  private BrokerLab.Client v5(String id) {
    return lab.client(id).joined();
  }

  private static Packet ack(PacketType type, int id, ReasonCode reason) {
    return new Packet.Ack(type, id, reason);
  }

  private static Packet goodbye(ReasonCode reason) {
    return new Packet.Disconnect(reason, Properties.EMPTY);
  }

  private static void publish(BrokerLab.Client client, String topic, int qos, Properties more) {
    client.publish(topic, "x", qos, qos == 0 ? 0 : 9, more);
  }

  private static Properties alias(int number) {
    return Properties.of().with(PropertyId.TOPIC_ALIAS, number).build();
  }

  @Test
  void messagesAreCountedByWhatTheyAre() {
    BrokerLab.Client p = v5("p");
    for (int qos = 0; qos < 3; qos++) publish(p, "a", qos, Properties.EMPTY);
    p.ack(PUBREL, 9);
    publish(p, "a", 1, Properties.EMPTY);

    assertThat(lab.count("mqtt.messages", "direction", "received", "qos", "0")).isEqualTo(1);
    assertThat(lab.count("mqtt.messages", "direction", "received", "qos", "1")).isEqualTo(2);
    assertThat(lab.count("mqtt.messages", "direction", "received", "qos", "2")).isEqualTo(1);
    assertThat(lab.core.meters().receivedTotal()).isEqualTo(4);
    lab.core.meters().receivedBytes(7);
    lab.core.meters().sentBytes(8);
    lab.core.meters().badPacket();
    lab.core.meters().refused();
    lab.core.meters().connected(5);
    assertThat(lab.core.meters().receivedBytesTotal()).isEqualTo(7);
    assertThat(lab.core.meters().sentBytesTotal()).isEqualTo(8);
    assertThat(lab.core.meters().connectsTotal()).isEqualTo(1);
    assertThat(lab.count("mqtt.bytes", "direction", "received")).isEqualTo(7);
    assertThat(lab.count("mqtt.bytes", "direction", "sent")).isEqualTo(8);
    assertThat(lab.count("mqtt.bad_packets")).isEqualTo(1);
    assertThat(lab.count("mqtt.refused")).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"0, 1, QOS_NOT_SUPPORTED", "1, 2, QOS_NOT_SUPPORTED"})
  void aQosThatTheBrokerDoesNotHaveEndsTheConnection(int most, int qos, ReasonCode reason) {
    with("protocol: { max_qos: " + most + " }\n");
    BrokerLab.Client p = v5("p");
    publish(p, "a", most, Properties.EMPTY);
    assertThat(p.ended()).isFalse();
    p.take();
    publish(p, "a", qos, Properties.EMPTY);

    assertThat(p.only()).isEqualTo(goodbye(reason));
    assertThat(p.ended()).isTrue();
  }

  @Test
  void retainWhereThereIsNoneEndsTheConnection() {
    with("protocol: { retain: false }\n");
    BrokerLab.Client p = v5("p");
    p.publish("a", "x", 0, 0, true, Properties.EMPTY);
    assertThat(p.only()).isEqualTo(goodbye(ReasonCode.RETAIN_NOT_SUPPORTED));
  }

  @ParameterizedTest
  @CsvSource({"a/+, true", "#, true", "+, true", "a, false"})
  void aResponseTopicHasNoWildcard(String topic, boolean ends) {
    BrokerLab.Client p = v5("p");
    publish(p, "a", 0, Properties.of().with(PropertyId.RESPONSE_TOPIC, topic).build());
    assertThat(p.ended()).isEqualTo(ends);
    if (ends) assertThat(p.only()).isEqualTo(goodbye(ReasonCode.PROTOCOL_ERROR));
  }

  @Test
  void aNumberStandsForItsTopicUntilAnotherIsNamed() {
    BrokerLab.Client s = v5("s").subscribe("#", 0);
    s.take();
    BrokerLab.Client p = v5("p");
    publish(p, "a", 0, alias(32));
    publish(p, "", 0, alias(32));
    publish(p, "b", 0, alias(32));
    publish(p, "", 0, alias(32));
    publish(p, "c", 0, alias(1));
    publish(p, "", 0, alias(32));

    assertThat(s.take())
        .extracting(m -> new String(((Packet.Publish) m).topic(), UTF_8))
        .containsExactly("a", "a", "b", "b", "c", "b");
    assertThat(p.ended()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "33, a, TOPIC_ALIAS_INVALID",
    "1000, '', TOPIC_ALIAS_INVALID",
    "5, '', PROTOCOL_ERROR"
  })
  void aNumberThatMeansNothingEndsTheConnection(int number, String topic, ReasonCode reason) {
    BrokerLab.Client p = v5("p");
    publish(p, topic, 0, alias(number));
    assertThat(p.only()).isEqualTo(goodbye(reason));
  }

  @Test
  void numbersForMoreThan64KiBOfTopicsEndTheConnection() {
    BrokerLab.Client p = v5("p");
    String topic = "t".repeat(32_000);
    publish(p, topic + "1", 0, alias(1));
    publish(p, topic + "2", 0, alias(2));
    publish(p, topic + "3", 0, alias(2)); // in place of the other
    assertThat(p.ended()).isFalse();
    publish(p, topic + "4", 0, alias(3));
    assertThat(p.only()).isEqualTo(goodbye(ReasonCode.QUOTA_EXCEEDED));
  }

  @Test
  void moreThanTheReceiveMaximumEndsTheConnection() {
    with("protocol: { receive_maximum: 3 }\n");
    BrokerLab.Client p = v5("p");
    for (int id = 1; id <= 2; id++) p.publish("a", "x", 2, id, Properties.EMPTY);
    p.publish("a", "again", 2, 2, Properties.EMPTY); // known: takes no place
    p.publish("a", "x", 1, 3, Properties.EMPTY);
    p.publish("a", "x", 2, 4, Properties.EMPTY);
    assertThat(p.ended()).isFalse();
    p.ack(PUBREL, 1);
    p.publish("a", "x", 2, 5, Properties.EMPTY);
    p.take();
    p.publish("a", "x", 1, 6, Properties.EMPTY);
    assertThat(p.only()).isEqualTo(goodbye(ReasonCode.RECEIVE_MAXIMUM_EXCEEDED));
  }

  @Test
  void beforeVersion5ThereIsNoReceiveMaximum() {
    with("protocol: { receive_maximum: 1 }\n");
    BrokerLab.Client p = v3("p");
    for (int id = 1; id <= 5; id++) p.publish("a", "x", 2, id, Properties.EMPTY);
    assertThat(p.take()).hasSize(5);
    assertThat(p.ended()).isFalse();
  }

  @Test
  void eachQosHasItsAnswer() {
    v5("s").subscribe("heard", 1);
    BrokerLab.Client p = v5("p");
    publish(p, "heard", 1, Properties.EMPTY);
    assertThat(p.only()).isEqualTo(ack(PUBACK, 9, ReasonCode.SUCCESS));
    publish(p, "unheard", 1, Properties.EMPTY);
    assertThat(p.only()).isEqualTo(ack(PUBACK, 9, ReasonCode.NO_MATCHING_SUBSCRIBERS));
    publish(p, "heard", 2, Properties.EMPTY);
    assertThat(p.only()).isEqualTo(ack(PUBREC, 9, ReasonCode.SUCCESS));
    p.ack(PUBREL, 9);
    assertThat(p.only()).isEqualTo(ack(PUBCOMP, 9, ReasonCode.SUCCESS));
    p.ack(PUBREL, 9);
    assertThat(p.only()).isEqualTo(ack(PUBCOMP, 9, ReasonCode.PACKET_ID_NOT_FOUND));
    publish(p, "unheard", 2, Properties.EMPTY);
    assertThat(p.only()).isEqualTo(ack(PUBREC, 9, ReasonCode.NO_MATCHING_SUBSCRIBERS));
    p.ack(PUBREL, 9);
    assertThat(p.only()).isEqualTo(ack(PUBCOMP, 9, ReasonCode.SUCCESS));
    BrokerLab.Client old = v3("old");
    publish(old, "unheard", 1, Properties.EMPTY);
    assertThat(old.only()).isEqualTo(ack(PUBACK, 9, ReasonCode.SUCCESS));
  }

  @Test
  void whatOneMayNotIsRefusedByVersionAndQos() {
    lab.decideBy(Rights.without("publish:no", "publish:some:qos2", "publish:some:retain"));
    BrokerLab.Client p = v5("p");
    publish(p, "no", 1, Properties.EMPTY);
    assertThat(p.only()).isEqualTo(ack(PUBACK, 9, ReasonCode.NOT_AUTHORIZED));
    publish(p, "no", 2, Properties.EMPTY);
    assertThat(p.only()).isEqualTo(ack(PUBREC, 9, ReasonCode.NOT_AUTHORIZED));
    publish(p, "no", 0, Properties.EMPTY);
    assertThat(p.take()).isEmpty();
    assertThat(p.ended()).isFalse();
    // The same topic is decided anew when it is said in another way.
    publish(p, "some", 1, Properties.EMPTY);
    publish(p, "some", 2, Properties.EMPTY);
    p.publish("some", "x", 1, 9, true, Properties.EMPTY);
    assertThat(p.take())
        .containsExactly(
            ack(PUBACK, 9, ReasonCode.NO_MATCHING_SUBSCRIBERS),
            ack(PUBREC, 9, ReasonCode.NOT_AUTHORIZED),
            ack(PUBACK, 9, ReasonCode.NOT_AUTHORIZED));
    assertThat(lab.dropped(Drop.NOT_AUTHORIZED)).isEqualTo(5);
    publish(p, "$SYS/own", 1, Properties.EMPTY);
    assertThat(p.only()).isEqualTo(ack(PUBACK, 9, ReasonCode.TOPIC_NAME_INVALID));
    assertThat(lab.dropped(Drop.INVALID)).isEqualTo(1);
    for (int qos = 0; qos < 3; qos++) {
      BrokerLab.Client old = v3("old" + qos);
      publish(old, "no", qos, Properties.EMPTY);
      assertThat(old.ended()).isTrue();
      assertThat(old.take()).isEmpty();
    }
    BrokerLab.Client reserved = v3("reserved");
    publish(reserved, "$share/x", 1, Properties.EMPTY);
    assertThat(reserved.ended()).isTrue();
  }

  @Test
  void rightsThatChangeHoldForTheNextMessage() {
    BrokerLab.Client p = v5("p");
    byte[] topic = "a".getBytes(UTF_8);
    Packet.Publish same =
        new Packet.Publish(topic, new byte[1], 1, false, false, 3, Properties.EMPTY);
    p.send(same);
    lab.decideBy(Rights.without("publish:a"));
    p.send(same);
    assertThat(p.take())
        .containsExactly(
            ack(PUBACK, 3, ReasonCode.NO_MATCHING_SUBSCRIBERS),
            ack(PUBACK, 3, ReasonCode.NOT_AUTHORIZED));
  }

  @Test
  void beforeVersion5ARefusalMayBeAnAcknowledgement() {
    with("protocol: { v3_refused_publish: ack }\n");
    lab.decideBy(Rights.without("publish:no"));
    BrokerLab.Client s = v5("s").subscribe("#", 1);
    s.take();
    BrokerLab.Client old = v3("old");
    publish(old, "no", 1, Properties.EMPTY);
    assertThat(old.only()).isEqualTo(ack(PUBACK, 9, ReasonCode.SUCCESS));
    publish(old, "no", 2, Properties.EMPTY);
    assertThat(old.only()).isEqualTo(ack(PUBREC, 9, ReasonCode.SUCCESS));
    assertThat(s.take()).isEmpty();
  }

  @Test
  void aReasonNeedNotBeRevealed() {
    with("acl: { reveal_reason: false }\n");
    lab.decideBy(Rights.without("publish:no", "subscribe:no"));
    BrokerLab.Client p = v5("p");
    publish(p, "no", 1, Properties.EMPTY);
    assertThat(p.only()).isEqualTo(ack(PUBACK, 9, ReasonCode.UNSPECIFIED_ERROR));
    publish(p, "$SYS", 2, Properties.EMPTY);
    assertThat(p.only()).isEqualTo(ack(PUBREC, 9, ReasonCode.TOPIC_NAME_INVALID));
    p.subscribe("no", 0);
    assertThat(((Packet.SubAck) p.only()).reasons()).containsExactly(ReasonCode.UNSPECIFIED_ERROR);
  }

  @Test
  void aPayloadThatSaysItIsTextIsText() {
    with("protocol: { validate_payload_format: true }\n");
    Properties text = Properties.of().with(PropertyId.PAYLOAD_FORMAT, 1).build();
    BrokerLab.Client p = v5("p");
    for (byte[] payload : List.of("ü".getBytes(UTF_8), new byte[] {(byte) 0xff})) {
      for (Properties properties : List.of(text, Properties.EMPTY)) {
        p.send(new Packet.Publish("a".getBytes(UTF_8), payload, 1, false, false, 4, properties));
      }
    }
    assertThat(p.take())
        .extracting(each -> ((Packet.Ack) each).reason())
        .containsExactly(
            ReasonCode.NO_MATCHING_SUBSCRIBERS,
            ReasonCode.NO_MATCHING_SUBSCRIBERS,
            ReasonCode.PAYLOAD_FORMAT_INVALID,
            ReasonCode.NO_MATCHING_SUBSCRIBERS);
  }

  @ParameterizedTest
  @CsvSource({
    "$SYS, true", "$SYS/a, true", "$SYSTEM, false", "$share/g/t, true", "$queue/x, true",
    "$fairlead/e, true", "$other, false", "$, false", "a/$SYS, false", "$SY, false"
  })
  void onlyTheBrokerPublishesBelowItsOwnNames(String topic, boolean refused) {
    BrokerLab.Client p = v5("p");
    publish(p, topic, 1, Properties.EMPTY);
    ReasonCode reason = ((Packet.Ack) p.only()).reason();
    assertThat(reason == ReasonCode.TOPIC_NAME_INVALID).isEqualTo(refused);
  }

  @ParameterizedTest
  @ValueSource(strings = {"$other", "$", "$SYSTEM"})
  void allThatBeginsWithADollarMayBeRefused(String topic) {
    with("protocol: { publish_dollar: false }\n");
    BrokerLab.Client p = v5("p");
    publish(p, topic, 1, Properties.EMPTY);
    publish(p, "plain", 1, Properties.EMPTY);
    assertThat(p.take())
        .extracting(each -> ((Packet.Ack) each).reason())
        .containsExactly(ReasonCode.TOPIC_NAME_INVALID, ReasonCode.NO_MATCHING_SUBSCRIBERS);
  }

  @Test
  void whatCannotBeKeptIsNotAcknowledged() {
    BrokerLab.Client p = v5("p");
    BrokerLab.Client old = v3("old");
    store.condition = BrokerStore.Condition.FULL;
    publish(p, "a", 1, Properties.EMPTY);
    assertThat(p.only()).isEqualTo(ack(PUBACK, 9, ReasonCode.QUOTA_EXCEEDED));
    store.condition = BrokerStore.Condition.FAILED;
    publish(p, "a", 2, Properties.EMPTY);
    assertThat(p.only()).isEqualTo(ack(PUBREC, 9, ReasonCode.UNSPECIFIED_ERROR));
    publish(old, "a", 1, Properties.EMPTY);
    assertThat(old.ended()).isTrue();
    assertThat(lab.dropped(Drop.STORE)).isEqualTo(3);
  }

  @Test
  void aRetainedMessageOfQos0IsKeptAndItsExpiryCounts() {
    BrokerLab.Client p = v5("p");
    Properties ten = Properties.of().with(PropertyId.MESSAGE_EXPIRY, 10).build();
    Properties none = Properties.of().with(PropertyId.MESSAGE_EXPIRY, 0).build();
    p.publish("ten", "x", 0, 0, true, ten);
    p.publish("none", "x", 0, 0, true, none);
    lab.pass(java.time.Duration.ofSeconds(4));
    BrokerLab.Client s = v5("s").subscribe("#", 0);
    List<Packet> came = s.take();
    assertThat(came).hasSize(2);
    Packet.Publish message = (Packet.Publish) came.get(1);
    assertThat(message.properties().number(PropertyId.MESSAGE_EXPIRY, -1)).isEqualTo(6);
    assertThat(message.retain()).isTrue();
  }

  @Test
  void anAliasIsThePublishersAndIsNotPassedOn() {
    BrokerLab.Client s = v5("s").subscribe("#", 0);
    s.take();
    BrokerLab.Client p = v5("p");
    publish(p, "a", 0, alias(1).and().with(PropertyId.CONTENT_TYPE, "text").user("k", "v").build());
    Packet.Publish came = (Packet.Publish) s.only();
    assertThat(came.properties())
        .isEqualTo(Properties.of().with(PropertyId.CONTENT_TYPE, "text").user("k", "v").build());
  }
}
