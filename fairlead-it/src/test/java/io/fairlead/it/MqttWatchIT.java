package io.fairlead.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Packet.Ack;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.testkit.RawClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The broker's topics and messages in the control API, and its clients let go by it. */
class MqttWatchIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  private static GatewayFixture gateway;

  @BeforeAll
  static void start() throws Exception {
    gateway =
        GatewayFixture.start(
            """
            listeners: { mqtt: { bind: "127.0.0.1:0", proto: mqtt } }
            mqtt: { drain: { flush: 0s, spread: 0s }, limits: { publish_rate: off } }
            """);
  }

  @AfterAll
  static void stop() {
    if (gateway != null) gateway.close();
  }

  @Test
  void theTreeOfTopicsIsGivenLevelByLevel() throws Exception {
    try (MqttLink link = BridgeTraffic.join(gateway.port("mqtt"), "tree")) {
      for (String topic : List.of("tree/a", "tree/b/c", "tree/b/d/e")) publish(link, topic, true);
    }
    assertThat(topics("prefix=tree"))
        .containsExactly("tree/a children 0 retained true", "tree/b children 2 retained false");
    assertThat(topics("prefix=tree%2Fb&depth=2"))
        .containsExactly(
            "tree/b/c children 0 retained true",
            "tree/b/d children 1 retained false",
            "tree/b/d/e children 0 retained true");
    assertThat(topics("prefix=tree%2Fx")).isEmpty();
    assertThat(topics("")).contains("tree children 2 retained false");
    for (String wrong : List.of("depth=0", "depth=x", "prefix=a%2F%23", "what=1")) {
      assertThat(gateway.api().get("/v1/mqtt/topics?" + wrong).status()).as(wrong).isEqualTo(400);
    }
  }

  @Test
  void whoWatchesSeesFiftyMessagesASecondAndHowManyMore() throws Exception {
    try (MqttLink link = BridgeTraffic.join(gateway.port("mqtt"), "source");
        RawClient watcher = gateway.api().open("/v1/mqtt/watch?filter=seen%2F%23")) {
      assertThat(watcher.readUntil("event: watching")).contains("text/event-stream");
      publish(link, "other/x", false);
      List<Packet> many = new ArrayList<>();
      for (int i = 0; i < 400; i++) many.add(message("seen/" + i, 0, 0, false));
      link.send(many);
      String text = watcher.readUntil("event: dropped") + watcher.readUntil("\n\n");
      assertThat(text)
          .contains("\"topic\":\"seen/0\"", "\"payload\":\"words\"", "\"payload_bytes\":5")
          .doesNotContain("other/x");
      long shown = Pattern.compile("event: message").matcher(text).results().count();
      Matcher dropped = Pattern.compile("\"dropped\":(\\d+)").matcher(text);
      assertThat(dropped.find()).isTrue();
      // Sent at once; on a slow machine a second may end meanwhile, and another begin.
      assertThat(shown).isGreaterThanOrEqualTo(50);
      assertThat(shown + Long.parseLong(dropped.group(1))).isLessThanOrEqualTo(400);
      watcher.close();
      await()
          .atMost(SOON)
          .until(
              () -> {
                link.send(message("seen/end", 0, 0, false)); // a reader that is gone is found so
                return !gateway.api().get("/v1/mqtt/clients").text().contains("$fairlead/local");
              });
    }
    for (String wrong : List.of("filter=a%23", "filter=$share%2Fg%2Fa", "what=1")) {
      assertThat(gateway.api().get("/v1/mqtt/watch?" + wrong).status()).as(wrong).isEqualTo(400);
    }
  }

  @Test
  void noMoreThanEightWatch() throws Exception {
    List<RawClient> watchers = new ArrayList<>();
    try {
      for (int i = 0; i < 8; i++) {
        RawClient each = gateway.api().open("/v1/mqtt/watch?filter=none");
        watchers.add(each);
        each.readUntil("event: watching");
      }
      var refused = gateway.api().get("/v1/mqtt/watch");
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.text()).contains("too_many_watchers");
      LimitsIT.assertRejected(gateway, "mqtt_watchers");
      assertThat(gateway.api().get("/metrics").text()).contains("fairlead_mqtt_watchers 8");
    } finally {
      for (RawClient each : watchers) each.close();
    }
    try (MqttLink link = BridgeTraffic.join(gateway.port("mqtt"), "none")) {
      await()
          .atMost(SOON)
          .until(
              () -> {
                link.send(message("none", 0, 0, false));
                return gateway.api().get("/metrics").text().contains("fairlead_mqtt_watchers 0");
              });
    }
  }

  @Test
  void clientsAreLetGoAndInAgain() throws Exception {
    int port = gateway.port("mqtt");
    try (MqttLink there = BridgeTraffic.join(port, "there")) {
      assertThat(gateway.api().post("/v1/mqtt/drain").text().replaceAll("\\s", ""))
          .contains("\"draining\":true");
      assertThat(there.take(SOON))
          .contains(new Packet.Disconnect(ReasonCode.SERVER_SHUTTING_DOWN, Properties.EMPTY));
      try (MqttLink late = BridgeTraffic.open(port, "late")) {
        assertThat(((Packet.ConnAck) late.take(SOON).orElseThrow()).reason())
            .isEqualTo(ReasonCode.SERVER_BUSY);
      }
    } finally {
      gateway.api().send("DELETE", "/v1/mqtt/drain", "");
    }
    BridgeTraffic.join(port, "there").close();
    assertThat(gateway.api().get("/v1/mqtt/drain").text().replaceAll("\\s", ""))
        .contains("\"draining\":false");
  }

  private static List<String> topics(String query) throws Exception {
    String text = gateway.api().get("/v1/mqtt/topics?" + query).text().replaceAll("\\s", "");
    return Pattern.compile("\"topic\":\"([^\"]+)\",\"children\":(\\d+),\"retained\":(\\w+)")
        .matcher(text)
        .results()
        .map(one -> one.group(1) + " children " + one.group(2) + " retained " + one.group(3))
        .toList();
  }

  private static Packet.Publish message(String topic, int qos, int id, boolean retain) {
    return new Packet.Publish(
        topic.getBytes(UTF_8), "words".getBytes(UTF_8), qos, retain, false, id, Properties.EMPTY);
  }

  private static void publish(MqttLink link, String topic, boolean retain) throws Exception {
    link.send(message(topic, 1, link.nextId(), retain));
    assertThat(((Ack) link.take(SOON).orElseThrow()).reason().error()).isFalse();
  }
}
