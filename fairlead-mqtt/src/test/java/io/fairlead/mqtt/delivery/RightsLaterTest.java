package io.fairlead.mqtt.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.store.MemoryStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whether a client that published may stay when rights change: it may no longer, it is cut. */
class RightsLaterTest {

  @ParameterizedTest
  @CsvSource({
    "1, false, publish:other, true",
    "1, false, publish:t, false",
    "1, false, publish:t:qos2, true",
    "1, false, publish:t:qos1, false",
    "2, false, publish:t:qos1, true",
    "2, false, publish:t:qos2, false",
    "1, false, publish:t:retain, true",
    "1, true, publish:t:retain, false",
    "2, true, publish:t:qos2, false",
  })
  void whatWasPublishedLastIsLookedAtAgain(int qos, boolean retain, String denied, boolean stays) {
    BrokerLab lab = new BrokerLab(new MemoryStore(), "{}");
    BrokerLab.Client client = lab.client("c").joined();
    client.publish("t", "x", qos, 1, retain, Properties.EMPTY);
    lab.decideBy(Rights.without(denied));
    assertThat(client.session().mayGoOn()).isEqualTo(stays);
  }

  @Test
  void whatWasRefusedThenIsNoReason() {
    BrokerLab lab = new BrokerLab(new MemoryStore(), "{}");
    lab.decideBy(Rights.without("publish:t"));
    BrokerLab.Client client = lab.client("c").joined();
    client.publish("t", "x", 1, 1, Properties.EMPTY);
    assertThat(((Packet.Ack) client.only()).reason()).isEqualTo(ReasonCode.NOT_AUTHORIZED);
    lab.decideBy(Rights.without("publish:t", "publish:u"));
    assertThat(client.session().mayGoOn()).isTrue();
  }
}
