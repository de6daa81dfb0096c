package io.fairlead.mqtt.delivery;

import static io.fairlead.mqtt.codec.PacketType.PUBREC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.fairlead.mqtt.MqttConfig;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Packet.Ack;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.store.BrokerStore.Condition;
import io.fairlead.testkit.CostsAtMost;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What waits for the store, what does not, and what happens when it takes nothing more. */
class PromisesTest {
  private final SlowStore store = new SlowStore();
  private final BrokerLab lab = new BrokerLab(store, MqttConfig.DEFAULTS);

  @Test
  void anAcknowledgementWaitsForTheCommitAndTheDeliveryDoesNot() {
    BrokerLab.Client receiver = lab.client("s").persistent(600).joined().subscribe("a", 1);
    receiver.take();
    BrokerLab.Client publisher = lab.client("p").joined();
    store.slow = true;
    publisher.publish("a", "x", 1, 1, Properties.EMPTY);

    assertThat(receiver.messages()).containsExactly("x");
    assertThat(publisher.take()).isEmpty();
    store.complete();
    assertThat(acks(publisher)).containsExactly("PUBACK 1 SUCCESS");
  }

  @Test
  @CostsAtMost(processorMillis = 2_000, heapMebi = 16)
  void aMessageOfQos2IsDeliveredOnlyOnceItsIdIsKeptAndThoseBehindItWaitToo() {
    BrokerLab.Client keeps = lab.client("s").persistent(600).joined().subscribe("a", 0);
    BrokerLab.Client forgets = lab.client("t").joined().subscribe("#", 2);
    keeps.take();
    forgets.take();
    BrokerLab.Client publisher = lab.client("p").persistent(600).joined();
    store.slow = true;
    publisher.publish("a", "first", 2, 1, Properties.EMPTY);
    assertThat(forgets.messages()).isEmpty();
    store.complete();
    assertThat(forgets.messages()).containsExactly("first");
    assertThat(keeps.messages()).containsExactly("first");
    assertThat(acks(publisher)).containsExactly("PUBREC 1 SUCCESS");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void theReceiveMaximumIsWholeWhileTheStoreTakesItsTime(int qos) {
    lab.client("s").joined().subscribe("a", 0);
    BrokerLab.Client p = lab.client("p").persistent(600).joined();
    p.subscribe("a", 1); // so that QoS 1 waits for the store too
    p.take();
    store.slow = true;
    for (int id = 1; id <= 100; id++) p.publish("a", "x", qos, id, Properties.EMPTY);
    assertThat(p.ended()).isFalse();
    store.complete();
    p.take();
    if (qos == 1) for (int id = 1; id <= 100; id++) p.publish("a", "x", qos, id, Properties.EMPTY);
    assertThat(p.ended()).isFalse();
    p.publish("a", "x", 1, 101, Properties.EMPTY);
    assertThat(p.take())
        .contains(new Packet.Disconnect(ReasonCode.RECEIVE_MAXIMUM_EXCEEDED, Properties.EMPTY));
  }

  @Test
  void anIdThatIsNotKeptYetIsNotAcknowledgedToTheNextConnectionEither() {
    BrokerLab.Client p = lab.client("p").persistent(600).joined();
    store.slow = true;
    p.publish("a", "x", 2, 7, Properties.EMPTY);
    store.slow = false;
    p.lose();
    p.joined();
    store.slow = true;
    p.publish("a", "x", 2, 7, Properties.EMPTY);
    assertThat(p.take()).isEmpty();
    store.complete();
    assertThat(p.only()).isEqualTo(new Packet.Ack(PUBREC, 7, ReasonCode.SUCCESS));
  }

  @Test
  void answersLeaveInTheOrderTheMessagesCame() {
    lab.client("s").persistent(600).joined().subscribe("kept", 1);
    BrokerLab.Client publisher = lab.client("p").joined();
    store.slow = true;
    publisher.publish("kept", "1", 1, 1, Properties.EMPTY);
    publisher.publish("nobody", "2", 1, 2, Properties.EMPTY);
    assertThat(publisher.take()).isEmpty();
    store.complete();
    assertThat(acks(publisher))
        .containsExactly("PUBACK 1 SUCCESS", "PUBACK 2 NO_MATCHING_SUBSCRIBERS");
  }

  @Test
  void aSessionAndASubscriptionAreConfirmedOnceTheyAreKept() {
    store.slow = true;
    BrokerLab.Client client = lab.client("s").persistent(600);
    client.connectLater();
    assertThat(client.connected()).isFalse();
    store.complete();
    lab.settle();
    assertThat(client.take()).hasAtLeastOneElementOfType(Packet.ConnAck.class);
    client.subscribe("a", 1);
    assertThat(client.take()).isEmpty();
    store.complete();
    assertThat(client.take()).hasAtLeastOneElementOfType(Packet.SubAck.class);
  }

  @Test
  void theLaterOfTwoConnectionsGetsTheSession() {
    store.slow = true;
    BrokerLab.Client first = lab.client("s").persistent(600);
    BrokerLab.Client second = lab.client("s").persistent(600);
    first.connectLater();
    second.connectLater();
    store.complete();
    lab.settle();
    assertThat(((Packet.ConnAck) first.only()).reason())
        .as("what a CONNACK may say")
        .isEqualTo(ReasonCode.IMPLEMENTATION_SPECIFIC);
    assertThat(first.connected()).isFalse();
    assertThat(second.connected()).isTrue();
    assertThat(((Packet.ConnAck) second.take().getFirst()).reason()).isEqualTo(ReasonCode.SUCCESS);
  }

  @Test
  void messagesWithoutASessionThatLastsDoNotTouchTheStore() {
    BrokerLab.Client once = lab.client("s").joined().subscribe("#", 2);
    lab.client("t").persistent(600).joined().subscribe("zero/#", 0);
    BrokerLab.Client publisher = lab.client("p").joined();
    int before = store.commits;
    publisher.publish("a", "x", 1, 1, Properties.EMPTY);
    publisher.publish("zero/a", "y", 0, 0, Properties.EMPTY);
    publisher.publish("zero/b", "z", 2, 2, Properties.EMPTY);
    assertThat(once.messages()).containsExactly("x", "y", "z");
    assertThat(store.commits).isEqualTo(before);
  }

  @Test
  void aFullStoreRefusesWhatMustBeKeptAndPassesTheRest() {
    BrokerLab.Client receiver = lab.client("s").joined().subscribe("#", 2);
    receiver.take();
    BrokerLab.Client publisher = lab.client("p").joined();
    store.condition = Condition.FULL;
    publisher.publish("a", "0", 0, 0, Properties.EMPTY);
    publisher.publish("a", "1", 1, 1, Properties.EMPTY);
    publisher.publish("a", "2", 2, 2, Properties.EMPTY);
    assertThat(receiver.messages()).containsExactly("0");
    assertThat(acks(publisher))
        .containsExactly("PUBACK 1 QUOTA_EXCEEDED", "PUBREC 2 QUOTA_EXCEEDED");

    publisher.publish("r", "not kept", 0, 0, true, Properties.EMPTY);
    assertThat(receiver.messages()).containsExactly("not kept");
    assertThat(lab.client("late").joined().subscribe("r", 0).messages()).isEmpty();
    store.condition = Condition.SOUND;
    publisher.publish("a", "again", 1, 3, Properties.EMPTY);
    assertThat(acks(publisher)).containsExactly("PUBACK 3 SUCCESS");
  }

  @Test
  void nobodyIsLetInOnceTheStoreHasFailed() {
    BrokerLab.Client before = lab.client("p").joined();
    store.condition = Condition.FAILED;
    assertThat(lab.client("new").connect().reason()).isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
    before.publish("a", "1", 1, 1, Properties.EMPTY);
    assertThat(acks(before)).containsExactly("PUBACK 1 UNSPECIFIED_ERROR");
  }

  @Test
  void aSessionIsGoneOnceItsCleanSuccessorIsIn() {
    BrokerLab.Client old = lab.client("s").persistent(600).joined().subscribe("a", 1);
    old.lose();
    lab.client("s").joined().lose();
    BrokerLab again = new BrokerLab(store, MqttConfig.DEFAULTS);
    assertThat(again.client("s").persistent(600).connect().sessionPresent()).isFalse();
  }

  @Test
  void aMessageDroppedAtOnceIsNotThereAfterARestart() {
    BrokerLab.Client away = lab.client("s").persistent(600).joined().subscribe("a", 1);
    away.lose();
    BrokerLab.Client publisher = lab.client("p").joined();
    int most = MqttConfig.DEFAULTS.session().queue().offline();
    for (int i = 1; i <= most + 2; i++) publisher.publish("a", "" + i, 1, i, Properties.EMPTY);
    BrokerLab again = new BrokerLab(store, MqttConfig.DEFAULTS);
    BrokerLab.Client back = again.client("s").persistent(600);
    back.receiveMaximum = 3;
    back.connect();
    assertThat(back.messages()).containsExactly("3", "4", "5");
  }

  @Test
  void whatWaitsForAGroupIsThereAfterARestart() {
    lab.client("m").persistent(600).joined().subscribe("$share/g/a", 2).lose();
    BrokerLab.Client publisher = lab.client("p").joined();
    publisher.publish("a", "1", 1, 1, Properties.EMPTY);
    publisher.publish("a", "2", 2, 2, Properties.EMPTY);

    BrokerLab again = new BrokerLab(store, MqttConfig.DEFAULTS);
    BrokerLab.Client member = again.client("m").persistent(600).joined();
    assertThat(member.messages()).containsExactly("1", "2");
    member.ack(PacketType.PUBACK, 1);

    BrokerLab third = new BrokerLab(store, MqttConfig.DEFAULTS);
    BrokerLab.Client other = third.client("n").joined().subscribe("$share/g/a", 2);
    assertThat(other.messages()).as("of QoS 2: only who may have it").isEmpty();
    BrokerLab.Client back = third.client("m").persistent(600).joined();
    assertThat(back.messages()).containsExactly("2");
  }

  @Test
  void aGroupsMessageOfQos1GoesToAnyMemberAfterARestart() {
    BrokerLab.Client first = lab.client("m").persistent(600).joined().subscribe("$share/g/a", 1);
    first.take();
    lab.client("p").joined().publish("a", "1", 1, 1, Properties.EMPTY);
    assertThat(first.messages()).containsExactly("1");

    BrokerLab again = new BrokerLab(store, MqttConfig.DEFAULTS);
    BrokerLab.Client other = again.client("n").joined().subscribe("$share/g/a", 1);
    assertThat(other.messages()).containsExactly("1");
    other.ack(PacketType.PUBACK, 1);
    BrokerLab third = new BrokerLab(store, MqttConfig.DEFAULTS);
    assertThat(third.client("m").persistent(600).joined().messages()).isEmpty();
  }

  @Test
  void aGroupWithoutMembersIsForgottenWithWhatWaitedForIt() {
    BrokerLab.Client member = lab.client("m").persistent(600).joined().subscribe("$share/g/a", 1);
    member.lose();
    lab.client("p").joined().publish("a", "1", 1, 1, Properties.EMPTY);
    BrokerLab.Client back = lab.client("m");
    back.connect(); // clean
    back.lose();
    store.groups().forEach(group -> fail("still there: " + group));
  }

  private static List<String> acks(BrokerLab.Client client) {
    return client.take().stream()
        .filter(Ack.class::isInstance)
        .map(Ack.class::cast)
        .map(ack -> ack.type() + " " + ack.packetId() + " " + ack.reason())
        .toList();
  }

  @Test
  void whatWasReleasedIsForgottenBeforeItIsConfirmed() {
    BrokerLab.Client publisher = lab.client("p").persistent(600).joined();
    publisher.publish("a", "x", 2, 1, Properties.EMPTY);
    publisher.take();
    store.slow = true;
    publisher.ack(PacketType.PUBREL, 1);
    assertThat(publisher.take()).isEmpty();
    store.complete();
    assertThat(acks(publisher)).containsExactly("PUBCOMP 1 SUCCESS");
  }
}
