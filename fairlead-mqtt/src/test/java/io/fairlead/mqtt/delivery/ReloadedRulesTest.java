package io.fairlead.mqtt.delivery;

import static io.fairlead.mqtt.codec.PacketType.PUBACK;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.MqttAuthorizer;
import io.fairlead.mqtt.acl.AclAuthorizer;
import io.fairlead.mqtt.acl.AclFile;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.store.MemoryStore;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that keeps to what it was told is not cut because the configuration changed since. */
class ReloadedRulesTest {
  private static final String WIDE = "protocol: { receive_maximum: 3 }\n";
  private static final String NARROW =
      "protocol: { receive_maximum: 1, max_qos: 1, retain: false, wildcard: false, shared: false,"
          + " subscription_ids: false }\n";

  private final BrokerLab lab = new BrokerLab(new MemoryStore(), WIDE);

  private void narrow() {
    lab.core.decideBy(BrokerLab.config(NARROW), MqttAuthorizer.open());
  }

  private static ReasonCode granted(BrokerLab.Client client, String filter, Properties properties) {
    client.send(new Packet.Subscribe(7, List.of(new Packet.Wish(filter, 2)), properties));
    return ((Packet.SubAck) client.only()).reasons().getFirst();
  }

  @Test
  void whatAClientWasToldHoldsAsLongAsItsConnection() {
    BrokerLab.Client told = lab.client("told").joined();
    narrow();

    for (int id = 1; id <= 3; id++) told.publish("a", "x", 2, id, true, Properties.EMPTY);
    assertThat(told.take()).extracting(packet -> packet.type().name()).containsOnly("PUBREC");
    Properties numbered = Properties.of().with(PropertyId.SUBSCRIPTION_ID, 4).build();
    assertThat(granted(told, "b/#", numbered)).isEqualTo(ReasonCode.GRANTED_QOS_2);
    assertThat(granted(told, "$share/g/b", Properties.EMPTY)).isEqualTo(ReasonCode.GRANTED_QOS_2);
    assertThat(told.ended()).isFalse();

    told.publish("a", "x", 2, 4, Properties.EMPTY);
    assertThat(told.only())
        .as("its own bound is still its bound")
        .isEqualTo(new Packet.Disconnect(ReasonCode.RECEIVE_MAXIMUM_EXCEEDED, Properties.EMPTY));
  }

  @ParameterizedTest
  @CsvSource({"2, false, QOS_NOT_SUPPORTED", "1, true, RETAIN_NOT_SUPPORTED"})
  void whoComesLaterIsToldAndHeldToTheNewRules(int qos, boolean retain, ReasonCode reason) {
    narrow();
    BrokerLab.Client later = lab.client("later");
    Properties said = later.connect().properties();

    assertThat(said.number(PropertyId.RECEIVE_MAXIMUM, 65_535)).isEqualTo(1);
    assertThat(said.number(PropertyId.MAXIMUM_QOS, 2)).isEqualTo(1);
    assertThat(said.number(PropertyId.RETAIN_AVAILABLE, 1)).isZero();
    assertThat(granted(later, "b/#", Properties.EMPTY))
        .isEqualTo(ReasonCode.WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED);
    later.publish("a", "x", qos, 5, retain, Properties.EMPTY);
    assertThat(later.only()).isEqualTo(new Packet.Disconnect(reason, Properties.EMPTY));
  }

  @Test
  void whoIsToldNothingKeepsToWhatHoldsNow() {
    BrokerLab.Client old = lab.client("old");
    old.version = MqttVersion.V3_1_1;
    old.joined();
    narrow();

    old.publish("a", "x", 1, 1, Properties.EMPTY);
    assertThat(old.only()).isEqualTo(new Packet.Ack(PUBACK, 1, ReasonCode.SUCCESS));
    old.publish("a", "x", 2, 2, Properties.EMPTY);
    assertThat(old.ended()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoLosesHisRightWhileHisSessionIsStoredIsCutAndNobodyElseIs(boolean loses) {
    SlowStore store = new SlowStore();
    BrokerLab slow = new BrokerLab(store, WIDE);
    slow.client("c").persistent(60).joined().lose();
    BrokerLab.Client client = slow.client("c").persistent(60);
    store.slow = true;
    client.connectLater();
    new Desk(slow.core).recheck(_ -> loses, each -> each);
    slow.settle();
    store.complete();

    List<Packet> told = client.take();
    assertThat(((Packet.ConnAck) told.getFirst()).sessionPresent()).isTrue();
    assertThat(client.ended()).isEqualTo(loses);
    assertThat(slow.core.sessions()).as("its session stays").isEqualTo(1);
    if (loses) {
      assertThat(told.getLast())
          .isEqualTo(new Packet.Disconnect(ReasonCode.NOT_AUTHORIZED, Properties.EMPTY));
    }
  }

  @Test
  void whoseWillIsForbiddenWhileHisSessionIsStoredIsCut() {
    SlowStore store = new SlowStore();
    BrokerLab slow = new BrokerLab(store, WIDE);
    BrokerLab.Client client = slow.client("c").persistent(60);
    client.will =
        Optional.of(new Packet.Will("w".getBytes(UTF_8), new byte[0], 0, false, Properties.EMPTY));
    store.slow = true;
    client.connectLater();
    slow.decideBy(new AclAuthorizer(AclFile.NONE, false, false));
    new Desk(slow.core).recheck(_ -> false, each -> each);
    slow.settle();
    store.complete();
    assertThat(client.ended()).isTrue();
  }
}
