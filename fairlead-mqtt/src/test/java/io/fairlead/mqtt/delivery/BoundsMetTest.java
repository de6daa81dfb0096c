package io.fairlead.mqtt.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.codec.MqttLimit;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.store.Message;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Bounds that a client meets are counted by name, and what it does not need leaves no trace. */
class BoundsMetTest {
  private final SlowStore store = new SlowStore();
  private BrokerLab lab = new BrokerLab(store, "");

  private void with(String yaml) {
    lab = new BrokerLab(new SlowStore(), yaml);
  }

  private double met(MqttLimit limit) {
    return lab.count("limit.rejections", "limit", limit.label());
  }

  private static ReasonCode subscribe(BrokerLab.Client client, String filter) {
    client.subscribe(filter, 1);
    return ((Packet.SubAck) client.only()).reasons().getFirst();
  }

  private static Properties alias(int number) {
    return Properties.of().with(PropertyId.TOPIC_ALIAS, number).build();
  }

  @Test
  void moreUnansweredThanTheReceiveMaximumAreCounted() {
    with("protocol: { receive_maximum: 1 }\n");
    BrokerLab.Client p = lab.client("p").joined();
    p.publish("a", "x", 2, 1, Properties.EMPTY);
    assertThat(met(MqttLimit.RECEIVE_MAXIMUM)).isZero();
    p.publish("a", "x", 2, 2, Properties.EMPTY);
    assertThat(p.ended()).isTrue();
    assertThat(met(MqttLimit.RECEIVE_MAXIMUM)).isOne();
  }

  @Test
  void numbersThatMayNotBeGivenToTopicsAreCounted() {
    BrokerLab.Client beyond = lab.client("beyond").joined();
    beyond.publish("a", "x", 0, 0, alias(33));
    assertThat(beyond.ended()).isTrue();
    assertThat(met(MqttLimit.TOPIC_ALIASES)).isOne();
    BrokerLab.Client large = lab.client("large").joined();
    for (int i = 1; i <= 3; i++) large.publish("t".repeat(32_000) + i, "x", 0, 0, alias(i));
    assertThat(large.ended()).isTrue();
    assertThat(met(MqttLimit.TOPIC_ALIASES)).isEqualTo(2);
  }

  @Test
  void filtersBeyondABoundAreToldFromThoseThatAreNone() {
    with("limits: { topic_levels: 3, wildcards_per_filter: 1, subscriptions: 1 }\n");
    BrokerLab.Client s = lab.client("s").joined();
    assertThat(subscribe(s, "a#")).isEqualTo(ReasonCode.TOPIC_FILTER_INVALID);
    assertThat(met(MqttLimit.TOPIC) + met(MqttLimit.WILDCARDS)).isZero();
    assertThat(subscribe(s, "a/b/c/d")).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
    assertThat(met(MqttLimit.TOPIC)).isOne();
    assertThat(subscribe(s, "+/+")).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
    assertThat(met(MqttLimit.WILDCARDS)).isOne();
    assertThat(subscribe(s, "a")).isEqualTo(ReasonCode.GRANTED_QOS_1);
    assertThat(subscribe(s, "b")).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
    assertThat(met(MqttLimit.SUBSCRIPTIONS)).isOne();
    assertThat(met(MqttLimit.TOPIC)).isOne();
  }

  @Test
  void aMessageOfQos2ThatIsSentAgainIsAnsweredAgain() {
    BrokerLab.Client p = lab.client("p").joined();
    for (int i = 0; i < 3; i++) p.publish("a", "x", 2, 7, Properties.EMPTY);
    assertThat(p.take())
        .extracting(packet -> ((Packet.Ack) packet).type())
        .containsExactly(PacketType.PUBREC, PacketType.PUBREC, PacketType.PUBREC);
    assertThat(lab.count("mqtt.messages", "direction", "received", "qos", "2")).isEqualTo(3);
  }

  @Test
  void theStoreLingersAsTheConfigurationSaysAlsoALaterOne() {
    assertThat(store.linger).isZero();
    lab.core.decideBy(BrokerLab.config("persistence: { linger: 2ms }\n"), lab.core.authorizer());
    assertThat(store.linger).hasMillis(2);
  }

  @Test
  void onlyWhatIsRetainedOfQos0IsBroughtToTheStore() {
    BrokerLab.Client p = lab.client("p").joined();
    int before = store.commits;
    p.publish("a", "x", 0, 0, Properties.EMPTY);
    assertThat(store.commits).isEqualTo(before);
    p.publish("a", "x", 0, 0, true, Properties.EMPTY);
    assertThat(store.commits).isEqualTo(before + 1);
  }

  @Test
  void whoKeepsNothingIsAnsweredWithoutTheStore() {
    BrokerLab.Client s = lab.client("s").joined().subscribe("a", 1);
    s.take();
    store.slow = true;
    s.send(new Packet.Unsubscribe(8, List.of("a"), Properties.EMPTY));
    assertThat(((Packet.UnsubAck) s.only()).reasons()).containsExactly(ReasonCode.SUCCESS);
  }

  @Test
  void onlyWhatNoOtherMemberMayGetIsLentToOne() {
    BrokerLab.Client first = lab.client("s1").persistent(600).joined();
    first.subscribe("$share/g/a", 1);
    first.take();
    lab.client("p").joined().publish("a", "x", 1, 1, Properties.EMPTY);
    assertThat(first.messages()).containsExactly("x");
    long number = first.session().number();
    assertThat(store.queues().loans(number).lent()).isEmpty();
    BrokerLab.Client second = lab.client("s2").persistent(600).joined();
    second.subscribe("$share/g/a", 2);
    second.take();
    first.lose();
    assertThat(second.messages()).containsExactly("x");
    lab.client("q").joined().publish("a", "y", 2, 1, Properties.EMPTY);
    assertThat(second.messages()).containsExactly("y");
    assertThat(store.queues().loans(second.session().number()).lent())
        .extracting(lent -> lent.entry().message().qos())
        .containsExactly(2);
  }

  @Test
  void theOldestThatWaitsInTheStoreIsGoneFromItToo() {
    store.pages = true;
    lab = new BrokerLab(store, "session: { queue: { offline: 200 } }\n");
    BrokerLab.Client s = lab.client("s").persistent(600).joined().subscribe("a", 1);
    long number = s.session().number();
    s.lose();
    BrokerLab.Client p = lab.client("p").joined();
    for (int i = 0; i < 350; i++) p.publish("a", "" + i, 1, 1, Properties.EMPTY);
    // 100 in memory and 100 beyond: 100 that were in memory went first, then 50 of the others.
    assertThat(store.below.queues().read(number)).hasSize(200);
  }

  @Test
  void aWillWithoutTimeExpiresAsItIsSaid() {
    BrokerLab.Client watcher = lab.client("w").persistent(600).joined().subscribe("gone", 1);
    watcher.lose();
    BrokerLab.Client s = lab.client("s");
    s.will =
        Optional.of(
            new Packet.Will(
                "gone".getBytes(),
                "bye".getBytes(),
                1,
                false,
                Properties.of().with(PropertyId.MESSAGE_EXPIRY, 0).build()));
    s.joined();
    s.lose();
    watcher.connect();
    assertThat(watcher.messages()).isEmpty();
    assertThat(lab.dropped(io.fairlead.mqtt.session.BrokerMeters.Drop.EXPIRED)).isOne();
  }

  @Test
  void aConnectionWithoutAWillTakesTheOldOneFromTheStore() {
    BrokerLab.Client s = lab.client("s").persistent(1000);
    s.will =
        Optional.of(
            new Packet.Will("gone".getBytes(), "bye".getBytes(), 1, false, Properties.EMPTY));
    s.joined();
    long number = s.session().number();
    assertThat(store.wills().read(number).orElseThrow().dueAtMillis()).isEqualTo(Message.NEVER);
    s.will = Optional.empty();
    s.connect();
    assertThat(s.session().number()).isEqualTo(number);
    assertThat(store.wills().read(number)).isEmpty();
  }
}
