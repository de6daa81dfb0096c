package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A will is held to what a message is held to, when the client says it. */
class MqttWillWishIT {
  private final EmbeddedBroker broker =
      EmbeddedBroker.start("protocol: { validate_payload_format: true }", builder -> builder);

  @AfterEach
  void stop() {
    broker.close();
  }

  private Peer sends(byte[] connect) throws IOException {
    Peer peer = new Peer(new Link.Plain(RawClient.connect(broker.port(Transport.TCP))), Version.V5);
    peer.link().tcp().timeout(Duration.ofSeconds(30));
    return peer.send(connect);
  }

  private static byte[] will(Props properties) {
    return Connect.of(Version.V5, "c").will("w", "x", 0, false).willProps(properties).bytes();
  }

  @Test
  void itsResponseTopicHasNoWildcard() throws Exception {
    for (String topic : new String[] {"a/+", "#"}) {
      sends(will(Props.none().str(Props.RESPONSE_TOPIC, topic))).refused(0x82);
    }
    assertThat(sends(will(Props.none().str(Props.RESPONSE_TOPIC, "a"))).next(Packet.CONNACK).code())
        .isZero();
  }

  @Test
  void whatItCallsTextIsText() throws Exception {
    byte[] text = will(Props.none().u8(Props.PAYLOAD_FORMAT, 1));
    assertThat(sends(text).next(Packet.CONNACK).code()).isZero();
    text[text.length - 1] = (byte) 0xC3; // the beginning of a letter
    sends(text).refused(0x99);
  }
}
