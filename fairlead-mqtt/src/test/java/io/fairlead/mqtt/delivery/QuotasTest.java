package io.fairlead.mqtt.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Packet.Ack;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.store.MemoryStore;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What one account may have, and how many shared groups there may be. */
class QuotasTest {
  @Test
  void anAccountMayRetainSoManyMessagesWhateverItsClients() {
    BrokerLab lab = lab("{ limits: { per_user: { retained: 2 } } }");
    BrokerLab.Client one = client(lab, "1", "ann");
    BrokerLab.Client two = client(lab, "2", "ann");
    BrokerLab.Client other = client(lab, "3", "bob");
    BrokerLab.Client nobody = lab.client("4").joined();
    assertThat(retain(one, "a", "x")).isEqualTo(ReasonCode.NO_MATCHING_SUBSCRIBERS);
    assertThat(retain(two, "b", "x")).isEqualTo(ReasonCode.NO_MATCHING_SUBSCRIBERS);
    assertThat(retain(one, "c", "x")).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
    assertThat(retain(two, "a", "again")).isEqualTo(ReasonCode.NO_MATCHING_SUBSCRIBERS);
    assertThat(retain(other, "d", "x")).isEqualTo(ReasonCode.NO_MATCHING_SUBSCRIBERS);
    for (String topic : List.of("e", "f", "g")) {
      assertThat(retain(nobody, topic, "x")).isEqualTo(ReasonCode.NO_MATCHING_SUBSCRIBERS);
    }
    assertThat(lab.core.retention().size()).isEqualTo(6);
  }

  @Test
  void whatIsRemovedOrTakenOverMakesRoom() {
    BrokerLab lab = lab("{ limits: { per_user: { retained: 1 } } }");
    BrokerLab.Client ann = client(lab, "1", "ann");
    BrokerLab.Client bob = client(lab, "2", "bob");
    retain(ann, "a", "x");
    retain(ann, "a", "");
    assertThat(retain(ann, "b", "x")).isEqualTo(ReasonCode.NO_MATCHING_SUBSCRIBERS);
    assertThat(retain(bob, "b", "mine now")).isEqualTo(ReasonCode.NO_MATCHING_SUBSCRIBERS);
    assertThat(retain(ann, "c", "x")).isEqualTo(ReasonCode.NO_MATCHING_SUBSCRIBERS);
    assertThat(retain(ann, "b", "back")).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
  }

  @Test
  void oneSharedGroupTooManyIsNotBegun() {
    BrokerLab lab = lab("{ limits: { shared_groups: 2 } }");
    BrokerLab.Client one = lab.client("1").joined();
    BrokerLab.Client two = lab.client("2").joined();
    assertThat(subscribe(one, "$share/g/a")).isEqualTo(ReasonCode.granted(1));
    assertThat(subscribe(one, "$share/h/a")).isEqualTo(ReasonCode.granted(1));
    assertThat(subscribe(two, "$share/i/a")).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
    assertThat(subscribe(two, "$share/h/a")).isEqualTo(ReasonCode.granted(1));
    one.send(new Packet.Unsubscribe(5, List.of("$share/g/a"), Properties.EMPTY));
    assertThat(subscribe(two, "$share/i/a")).isEqualTo(ReasonCode.granted(1));
  }

  private static BrokerLab lab(String yaml) {
    return new BrokerLab(new MemoryStore(), yaml);
  }

  private static BrokerLab.Client client(BrokerLab lab, String id, String user) {
    BrokerLab.Client client = lab.client(id);
    client.user = user;
    return client.joined();
  }

  private static ReasonCode retain(BrokerLab.Client client, String topic, String payload) {
    client.take();
    client.publish(topic, payload, 1, 1, true, Properties.EMPTY);
    return ((Ack) client.only()).reason();
  }

  private static ReasonCode subscribe(BrokerLab.Client client, String filter) {
    client.take();
    client.subscribe(filter, 1);
    return ((Packet.SubAck) client.only()).reasons().getFirst();
  }
}
