package io.fairlead.mqtt.delivery;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Packet.Wish;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.store.MemoryStore;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What subscriptions are granted, and what they bring at once. */
class SubscribersTest {
  private final MemoryStore store = new MemoryStore();
  private BrokerLab lab = new BrokerLab(store, "");

  private void with(String yaml) {
    lab = new BrokerLab(store, yaml);
  }

  private static List<ReasonCode> subscribe(BrokerLab.Client client, Wish... wishes) {
    client.send(new Packet.Subscribe(5, List.of(wishes), Properties.EMPTY));
    Packet.SubAck answer = (Packet.SubAck) client.take().getFirst();
    assertThat(answer.packetId()).isEqualTo(5);
    return answer.reasons();
  }

  private static ReasonCode one(BrokerLab.Client client, String filter) {
    return subscribe(client, new Wish(filter, 1)).getFirst();
  }

  @Test
  void eachFilterHasItsOwnAnswer() {
    lab.decideBy(Rights.without("subscribe:no"));
    BrokerLab.Client s = lab.client("s").joined();
    assertThat(
            subscribe(
                s,
                new Wish("a", 0),
                new Wish("b/+", 1),
                new Wish("c/#", 2),
                new Wish("a#", 0),
                new Wish("no", 0),
                new Wish("+/+/+/+/+/+/+/+/+", 0),
                new Wish("$share/g/x", 1)))
        .containsExactly(
            ReasonCode.SUCCESS,
            ReasonCode.GRANTED_QOS_1,
            ReasonCode.GRANTED_QOS_2,
            ReasonCode.TOPIC_FILTER_INVALID,
            ReasonCode.NOT_AUTHORIZED,
            ReasonCode.QUOTA_EXCEEDED,
            ReasonCode.GRANTED_QOS_1);
    assertThat(lab.core.subscriptions()).isEqualTo(4);
    assertThat(s.session().subscriptions()).hasSize(4);
  }

  @ParameterizedTest
  @CsvSource({
    "wildcard: false, a/+, WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED",
    "wildcard: false, a, GRANTED_QOS_1",
    "shared: false, $share/g/a, SHARED_SUBSCRIPTIONS_NOT_SUPPORTED",
    "shared: false, a, GRANTED_QOS_1",
    "max_qos: 0, a, SUCCESS",
  })
  void whatTheBrokerDoesNotHaveIsToldInTheAnswer(String rule, String filter, ReasonCode reason) {
    with("protocol: { " + rule + " }\n");
    assertThat(one(lab.client("s").joined(), filter)).isEqualTo(reason);
  }

  @Test
  void anIdentifierWhereThereIsNoneEndsTheConnection() {
    with("protocol: { subscription_ids: false }\n");
    BrokerLab.Client s = lab.client("s").joined();
    Properties id = Properties.of().with(PropertyId.SUBSCRIPTION_ID, 3).build();
    s.send(new Packet.Subscribe(5, List.of(new Wish("a", 0)), id));
    assertThat(s.only())
        .isEqualTo(
            new Packet.Disconnect(ReasonCode.SUBSCRIPTION_IDS_NOT_SUPPORTED, Properties.EMPTY));
  }

  @Test
  void anIdentifierComesWithEachMessage() {
    BrokerLab.Client s = lab.client("s").joined();
    Properties id = Properties.of().with(PropertyId.SUBSCRIPTION_ID, 3000).build();
    s.send(new Packet.Subscribe(5, List.of(new Wish("a", 0)), id));
    s.take();
    lab.client("p").joined().publish("a", "x", 0, 0, true, Properties.EMPTY);
    assertThat(((Packet.Publish) s.only()).properties().numbers(PropertyId.SUBSCRIPTION_ID))
        .containsExactly(3000);
    s.send(new Packet.Subscribe(6, List.of(new Wish("+", 0)), id));
    Packet.Publish retained = (Packet.Publish) s.take().get(1);
    assertThat(retained.properties().numbers(PropertyId.SUBSCRIPTION_ID)).containsExactly(3000);
    assertThat(retained.retain()).isTrue();
  }

  @Test
  void version31HasNoWordForARefusal() {
    lab.decideBy(Rights.without("subscribe:no"));
    BrokerLab.Client s = lab.client("s");
    s.version = MqttVersion.V3_1;
    s.joined();
    assertThat(one(s, "yes")).isEqualTo(ReasonCode.GRANTED_QOS_1);
    s.subscribe("no", 0);
    assertThat(s.ended()).isTrue();
    assertThat(s.take()).isEmpty();
  }

  @Test
  void aSessionHasOnlySoManyAndOneThatIsReplacedTakesNoPlace() {
    with("limits: { subscriptions: 2, subscriptions_total: 3 }\n");
    BrokerLab.Client s = lab.client("s").joined();
    BrokerLab.Client t = lab.client("t").joined();
    assertThat(List.of(one(s, "a"), one(s, "b"), one(s, "a"), one(s, "c")))
        .containsExactly(
            ReasonCode.GRANTED_QOS_1,
            ReasonCode.GRANTED_QOS_1,
            ReasonCode.GRANTED_QOS_1,
            ReasonCode.QUOTA_EXCEEDED);
    assertThat(List.of(one(t, "a"), one(t, "b")))
        .containsExactly(ReasonCode.GRANTED_QOS_1, ReasonCode.QUOTA_EXCEEDED);
  }

  @Test
  void subscriptionsComeAtAPaceThatFillsUpAgain() {
    with("limits: { subscribe_rate: 2/s }\n");
    BrokerLab.Client s = lab.client("s").joined();
    assertThat(List.of(one(s, "1"), one(s, "2"), one(s, "3")))
        .containsExactly(
            ReasonCode.GRANTED_QOS_1, ReasonCode.GRANTED_QOS_1, ReasonCode.QUOTA_EXCEEDED);
    lab.pass(ofMillis(400));
    assertThat(one(s, "4")).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
    lab.pass(ofMillis(100));
    assertThat(List.of(one(s, "5"), one(s, "6")))
        .containsExactly(ReasonCode.GRANTED_QOS_1, ReasonCode.QUOTA_EXCEEDED);
    lab.pass(ofMillis(60_000)); // no more than a second's worth is saved up
    assertThat(List.of(one(s, "7"), one(s, "8"), one(s, "9")))
        .containsExactly(
            ReasonCode.GRANTED_QOS_1, ReasonCode.GRANTED_QOS_1, ReasonCode.QUOTA_EXCEEDED);
  }

  @Test
  void unsubscribingIsAnsweredFilterByFilter() {
    BrokerLab.Client s = lab.client("s").persistent(600).joined();
    subscribe(s, new Wish("a", 1), new Wish("$share/g/b", 1));
    s.send(new Packet.Unsubscribe(8, List.of("a", "a", "$share/g/b", "x#"), Properties.EMPTY));
    Packet.UnsubAck answer = (Packet.UnsubAck) s.only();
    assertThat(answer.packetId()).isEqualTo(8);
    assertThat(answer.reasons())
        .containsExactly(
            ReasonCode.SUCCESS,
            ReasonCode.NO_SUBSCRIPTION_EXISTED,
            ReasonCode.SUCCESS,
            ReasonCode.TOPIC_FILTER_INVALID);
    assertThat(lab.core.subscriptions()).isZero();
    lab.client("p").joined().publish("a", "x", 1, 1, Properties.EMPTY);
    assertThat(s.take()).isEmpty();
    assertThat(new BrokerLab(store, "").core.subscriptions()).as("after a restart").isZero();
  }

  @ParameterizedTest
  @CsvSource({"0, true, true", "1, true, false", "2, false, false"})
  void retainedMessagesComeAsAskedFor(int handling, boolean first, boolean again) {
    lab.client("p").joined().publish("a", "kept", 1, 1, true, Properties.EMPTY);
    BrokerLab.Client s = lab.client("s").joined();
    Wish wish = new Wish("a", 1, false, false, handling);
    for (boolean comes : new boolean[] {first, again}) {
      s.send(new Packet.Subscribe(5, List.of(wish), Properties.EMPTY));
      List<Packet> came = s.take();
      assertThat(came).hasSize(comes ? 2 : 1);
      assertThat(came.getFirst()).isInstanceOf(Packet.SubAck.class);
      if (comes) assertThat(((Packet.Publish) came.get(1)).retain()).isTrue();
    }
  }

  @Test
  void retainedMessagesOfAThousandTopicsComeAllAndOnce() {
    BrokerLab.Client p = lab.client("p").joined();
    for (int i = 0; i < 1000; i++)
      p.publish("r/" + i, "m" + i, i % 2, i % 2 == 0 ? 0 : 1 + i, true, Properties.EMPTY);
    BrokerLab.Client s = lab.client("s");
    s.receiveMaximum = 50;
    s.connect();
    s.subscribe("r/#", 1);
    int acknowledged = 0;
    java.util.Set<String> seen = new java.util.TreeSet<>();
    for (List<Packet> came = s.take(); !came.isEmpty(); came = s.take()) {
      for (Packet each : came) {
        if (!(each instanceof Packet.Publish message)) continue;
        assertThat(seen.add(new String(message.payload()))).isTrue();
        if (message.qos() == 1) {
          s.ack(io.fairlead.mqtt.codec.PacketType.PUBACK, message.packetId());
          acknowledged++;
        }
      }
    }
    assertThat(seen).hasSize(1000);
    assertThat(acknowledged).isEqualTo(500);
  }

  @Test
  void noLocalHoldsForWhatIsRetainedToo() {
    BrokerLab.Client s = lab.client("s").joined();
    s.publish("a", "own", 1, 1, true, Properties.EMPTY);
    lab.client("p").joined().publish("b", "other", 1, 1, true, Properties.EMPTY);
    s.take();
    s.send(new Packet.Subscribe(5, List.of(new Wish("+", 1, true, false, 0)), Properties.EMPTY));
    s.publish("a", "own again", 1, 2, Properties.EMPTY);
    assertThat(s.messages()).containsExactly("other");
  }

  @Test
  void aSharedSubscriptionGetsNothingRetained() {
    lab.client("p").joined().publish("a", "kept", 1, 1, true, Properties.EMPTY);
    BrokerLab.Client s = lab.client("s").joined();
    s.subscribe("$share/g/a", 1);
    assertThat(s.messages()).isEmpty();
  }

  @Test
  void theRetainFlagIsKeptWhereItIsWantedOnly() {
    BrokerLab.Client plain = lab.client("plain").joined();
    BrokerLab.Client flagged = lab.client("flagged").joined();
    plain.send(
        new Packet.Subscribe(5, List.of(new Wish("a", 0, false, false, 0)), Properties.EMPTY));
    flagged.send(
        new Packet.Subscribe(5, List.of(new Wish("a", 0, false, true, 0)), Properties.EMPTY));
    plain.take();
    flagged.take();
    lab.client("p").joined().publish("a", "x", 0, 0, true, Properties.EMPTY);
    assertThat(((Packet.Publish) plain.only()).retain()).isFalse();
    assertThat(((Packet.Publish) flagged.only()).retain()).isTrue();
  }

  @Test
  void rightsThatWentWhileOneWasAwayEndItsSubscriptions() {
    BrokerLab.Client s = lab.client("s").persistent(600).joined();
    subscribe(s, new Wish("a", 1), new Wish("b", 1), new Wish("$share/g/c", 1));
    s.lose();
    lab.decideBy(Rights.without("subscribe:a", "subscribe:$share/g/c"));
    assertThat(s.connect().sessionPresent()).isTrue();
    BrokerLab.Client p = lab.client("p").joined();
    for (String topic : List.of("a", "b", "c")) p.publish(topic, topic, 1, 1, Properties.EMPTY);
    assertThat(s.messages()).containsExactly("b");
    assertThat(lab.core.subscriptions()).isEqualTo(1);
    BrokerLab later = new BrokerLab(store, "");
    assertThat(later.core.subscriptions()).as("after a restart").isEqualTo(1);
  }

  @Test
  void whoLosesARightItUsesMayNotGoOn() {
    BrokerLab.Client s = lab.client("s");
    s.will =
        java.util.Optional.of(
            new Packet.Will("w".getBytes(), new byte[1], 1, true, Properties.EMPTY));
    s.joined();
    subscribe(s, new Wish("a", 1));
    assertThat(s.session().mayGoOn()).isTrue();
    lab.decideBy(Rights.without("subscribe:b"));
    assertThat(s.session().mayGoOn()).isTrue();
    lab.decideBy(Rights.without("subscribe:a"));
    assertThat(s.session().mayGoOn()).isFalse();
    lab.decideBy(Rights.without("publish:w"));
    assertThat(s.session().mayGoOn()).isFalse();
    lab.decideBy(Rights.without("publish:w:retain"));
    assertThat(s.session().mayGoOn()).isFalse();
    lab.decideBy(Rights.without("publish:w:qos2"));
    assertThat(s.session().mayGoOn()).isTrue();
  }
}
