package io.fairlead.mqtt.delivery;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.MqttConfig;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.store.MemoryStore;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What clients see of sessions, queues, wills and groups, with time in our hands. */
class SessionsTest {
  private final MemoryStore store = new MemoryStore();
  private final BrokerLab lab = new BrokerLab(store, MqttConfig.DEFAULTS);

  @Test
  void aMessageWaitsForAClientThatIsAwayAndComesWhenItIsBack() {
    BrokerLab.Client away = lab.client("s").persistent(600);
    away.connect();
    away.subscribe("a", 1).lose();
    lab.client("p").joined().publish("a", "kept", 1, 1, Properties.EMPTY);

    assertThat(away.connect().sessionPresent()).isTrue();
    assertThat(away.messages()).containsExactly("kept");
  }

  @Test
  void aSessionEndsWhenItsTimeIsOver() {
    BrokerLab.Client away = lab.client("s").persistent(60);
    away.connect();
    away.subscribe("a", 1).lose();
    lab.pass(ofSeconds(59));
    assertThat(lab.core.sessions()).isEqualTo(1);
    lab.pass(ofSeconds(1));

    assertThat(lab.core.sessions()).isZero();
    assertThat(lab.core.subscriptions()).isZero();
    assertThat(away.connect().sessionPresent()).isFalse();
  }

  @Test
  void whatWasNotAcknowledgedComesAgainWithDupInTheOrderItWasSent() {
    BrokerLab.Client s = lab.client("s").persistent(600);
    s.connect();
    s.subscribe("a", 2);
    BrokerLab.Client p = lab.client("p").joined();
    for (int i = 1; i <= 3; i++) p.publish("a", "m" + i, i == 2 ? 2 : 1, i, Properties.EMPTY);
    s.take();
    s.lose();
    s.connect();

    List<Packet> again = s.take();
    assertThat(again).hasSize(3).allSatisfy(m -> assertThat(((Packet.Publish) m).dup()).isTrue());
    assertThat(again)
        .extracting(m -> new String(((Packet.Publish) m).payload(), StandardCharsets.UTF_8))
        .containsExactly("m1", "m2", "m3");
  }

  @Test
  void aReceiverThatCannotKeepUpSlowsItsPublishersAndOneThatStandsStillDoesNot() {
    BrokerLab.Client slow = lab.client("s").persistent(600);
    slow.receiveMaximum = 1;
    slow.connect();
    slow.subscribe("a", 1);
    BrokerLab.Client p = lab.client("p").joined();
    int half = MqttConfig.DEFAULTS.session().queue().online() / 2;
    int id = 1;
    for (; id <= half + 1; id++) p.publish("a", "m", 1, id, Properties.EMPTY);
    assertThat(p.slowed()).isFalse();

    p.publish("a", "m", 1, ++id, Properties.EMPTY);
    p.publish("a", "m", 1, ++id, Properties.EMPTY);
    assertThat(p.slowed()).isTrue();
    assertThat(p.slowed()).as("asked once").isFalse();

    lab.pass(ofSeconds(1)); // nothing was acknowledged
    p.publish("a", "m", 1, ++id, Properties.EMPTY);
    assertThat(p.slowed()).isFalse();

    slow.ack(PacketType.PUBACK, publishOf(slow.take()).packetId());
    p.publish("a", "m", 1, ++id, Properties.EMPTY);
    assertThat(p.slowed()).isTrue();

    slow.lose();
    p.publish("a", "m", 1, ++id, Properties.EMPTY);
    assertThat(p.slowed()).isFalse();
  }

  @Test
  void aReleasedMessageIsReleasedAgainAndNotSentAgain() {
    BrokerLab.Client s = lab.client("s").persistent(600);
    s.connect();
    s.subscribe("a", 2);
    lab.client("p").joined().publish("a", "once", 2, 1, Properties.EMPTY);
    int id = publishOf(s.take()).packetId();
    s.ack(PacketType.PUBREC, id);
    s.lose();
    s.connect();

    assertThat(s.take()).containsExactly(new Packet.Ack(PacketType.PUBREL, id, ReasonCode.SUCCESS));
  }

  @Test
  void aQos2MessageSentAgainIsDeliveredOnce() {
    BrokerLab.Client s = lab.client("s").joined().subscribe("a", 0);
    BrokerLab.Client p = lab.client("p").persistent(600);
    p.connect();
    p.publish("a", "once", 2, 7, Properties.EMPTY);
    p.lose();
    p.connect();
    p.publish("a", "once", 2, 7, Properties.EMPTY);

    assertThat(s.messages()).containsExactly("once");
    p.ack(PacketType.PUBREL, 7);
    p.publish("a", "twice", 2, 7, Properties.EMPTY);
    assertThat(s.messages()).containsExactly("twice");
  }

  @Test
  void theReceiveMaximumHoldsMessagesBackAndNotQos0() {
    BrokerLab.Client s = lab.client("s");
    s.receiveMaximum = 2;
    s.connect();
    s.subscribe("a", 1);
    BrokerLab.Client p = lab.client("p").joined();
    for (int i = 1; i <= 4; i++) p.publish("a", "m" + i, 1, i, Properties.EMPTY);
    p.publish("a", "free", 0, 0, Properties.EMPTY);
    List<Packet> first = s.take();

    assertThat(payloads(first)).containsExactly("m1", "m2", "free");
    s.ack(PacketType.PUBACK, publishOf(first).packetId());
    assertThat(s.messages()).containsExactly("m3");
  }

  @Test
  void aTakenOverClientIsToldAndTheSessionGoesOn() {
    BrokerLab.Client first = lab.client("s").persistent(600);
    first.connect();
    first.subscribe("a", 1);
    first.take();
    BrokerLab.Client second = lab.client("s").persistent(600);

    assertThat(second.connect().sessionPresent()).isTrue();
    assertThat(first.take())
        .containsExactly(new Packet.Disconnect(ReasonCode.SESSION_TAKEN_OVER, Properties.EMPTY));
  }

  @Test
  void aWillWaitsForItsDelayAndIsCancelledByAReturn() {
    BrokerLab.Client watcher = lab.client("w").joined().subscribe("gone", 0);
    BrokerLab.Client c = lab.client("c").persistent(600);
    c.will = Optional.of(will(30));
    c.connect();
    c.lose();
    lab.pass(ofSeconds(29));
    c.connect();
    lab.pass(ofMinutes(2));
    assertThat(watcher.messages()).isEmpty();

    c.lose();
    lab.pass(ofSeconds(30));
    assertThat(watcher.messages()).containsExactly("bye");
  }

  @Test
  void aWillIsSentAtTheEndOfTheSessionIfThatIsFirst() {
    BrokerLab.Client watcher = lab.client("w").joined().subscribe("gone", 0);
    BrokerLab.Client c = lab.client("c").persistent(10);
    c.will = Optional.of(will(3600));
    c.connect();
    c.lose();
    lab.pass(ofSeconds(10));

    assertThat(watcher.messages()).containsExactly("bye");
  }

  @Test
  void aGoodbyeForgetsTheWillUnlessItSaysOtherwise() {
    BrokerLab.Client watcher = lab.client("w").joined().subscribe("gone", 0);
    BrokerLab.Client c = lab.client("c");
    c.will = Optional.of(will(0));
    c.connect();
    c.disconnect(ReasonCode.SUCCESS);
    assertThat(watcher.messages()).isEmpty();
    c.connect();
    c.disconnect(ReasonCode.DISCONNECT_WITH_WILL);
    assertThat(watcher.messages()).containsExactly("bye");
  }

  @Test
  void aMessageExpiresWhileItWaitsAndElseTellsWhatIsLeft() {
    BrokerLab.Client s = lab.client("s").persistent(600);
    s.connect();
    s.subscribe("a", 1).lose();
    BrokerLab.Client p = lab.client("p").joined();
    p.publish("a", "short", 1, 1, expiry(10));
    p.publish("a", "long", 1, 2, expiry(100));
    lab.pass(ofSeconds(40));
    s.connect();

    Packet.Publish left = publishOf(s.take());
    assertThat(new String(left.payload(), StandardCharsets.UTF_8)).isEqualTo("long");
    assertThat(left.properties().number(PropertyId.MESSAGE_EXPIRY, -1)).isEqualTo(60);
  }

  @Test
  void topicsBecomeNumbersForAClientThatAllowsThem() {
    BrokerLab.Client s = lab.client("s");
    s.aliasMaximum = 1;
    s.connect();
    s.subscribe("#", 0);
    s.take();
    BrokerLab.Client p = lab.client("p").joined();
    p.publish("a", "1", 0, 0, Properties.EMPTY);
    p.publish("a", "2", 0, 0, Properties.EMPTY);
    p.publish("b", "3", 0, 0, Properties.EMPTY);
    p.publish("a", "4", 0, 0, Properties.EMPTY);

    assertThat(s.take())
        .extracting(m -> new String(((Packet.Publish) m).topic(), StandardCharsets.UTF_8))
        .containsExactly("a", "", "b", "a");
  }

  @Test
  void theOldestMessageGoesWhenTheQueueIsFullAndTheClientIsTold() {
    BrokerLab.Client s = lab.client("s").persistent(600);
    s.connect();
    s.subscribe("a", 1).lose();
    BrokerLab.Client p = lab.client("p").joined();
    int most = MqttConfig.DEFAULTS.session().queue().offline();
    for (int i = 0; i < most + 3; i++) p.publish("a", "m" + i, 1, 1 + i % 60_000, Properties.EMPTY);
    Packet.ConnAck answer = s.connect();

    assertThat(answer.properties().user()).contains(new Properties.UserProperty("fl-dropped", "3"));
    assertThat(s.messages().getFirst()).isEqualTo("m3");
  }

  @Test
  void aGroupsMessagesGoToItsMembersInTurnAndOnWhenOneIsLost() {
    BrokerLab.Client a = lab.client("a").joined().subscribe("$share/g/t", 1);
    BrokerLab.Client b = lab.client("b").joined().subscribe("$share/g/t", 1);
    a.take();
    b.take();
    BrokerLab.Client p = lab.client("p").joined();
    for (int i = 1; i <= 4; i++) p.publish("t", "m" + i, 1, i, Properties.EMPTY);
    List<String> first = a.messages();
    assertThat(first).hasSize(2);
    assertThat(b.messages()).hasSize(2);
    a.lose();

    assertThat(b.messages()).containsExactlyInAnyOrderElementsOf(first);
  }

  @Test
  void aGroupsMessageWaitsForAMemberWithRoom() {
    BrokerLab.Client a = lab.client("a").persistent(600);
    a.connect();
    a.subscribe("$share/g/t", 1).lose();
    lab.client("p").joined().publish("t", "patient", 1, 1, Properties.EMPTY);
    BrokerLab.Client b = lab.client("b").joined().subscribe("$share/g/t", 1);

    assertThat(b.messages()).containsExactly("patient");
  }

  @Test
  void aBrokerThatStartsAgainOnItsStoreRemembers() {
    BrokerLab.Client s = lab.client("s").persistent(600);
    s.connect();
    s.subscribe("a/+", 1);
    s.lose();
    BrokerLab.Client p = lab.client("p").joined();
    p.publish("a/b", "kept", 1, 1, Properties.EMPTY);
    p.publish("r", "retained", 1, 2, true, Properties.EMPTY);

    BrokerLab again = new BrokerLab(store, MqttConfig.DEFAULTS);
    BrokerLab.Client back = again.client("s").persistent(600);
    assertThat(back.connect().sessionPresent()).isTrue();
    assertThat(back.messages()).containsExactly("kept");
    again.client("p").joined().publish("a/c", "new", 1, 1, Properties.EMPTY);
    assertThat(back.messages()).containsExactly("new");
    assertThat(again.client("t").joined().subscribe("r", 0).messages()).containsExactly("retained");
  }

  private static Packet.Will will(long delaySeconds) {
    return new Packet.Will(
        "gone".getBytes(StandardCharsets.UTF_8),
        "bye".getBytes(StandardCharsets.UTF_8),
        0,
        false,
        Properties.of().with(PropertyId.WILL_DELAY, delaySeconds).build());
  }

  private static Properties expiry(long seconds) {
    return Properties.of().with(PropertyId.MESSAGE_EXPIRY, seconds).build();
  }

  private static Packet.Publish publishOf(List<Packet> packets) {
    return packets.stream()
        .filter(Packet.Publish.class::isInstance)
        .map(Packet.Publish.class::cast)
        .findFirst()
        .orElseThrow();
  }

  private static List<String> payloads(List<Packet> packets) {
    return packets.stream()
        .filter(Packet.Publish.class::isInstance)
        .map(p -> new String(((Packet.Publish) p).payload(), StandardCharsets.UTF_8))
        .toList();
  }
}
