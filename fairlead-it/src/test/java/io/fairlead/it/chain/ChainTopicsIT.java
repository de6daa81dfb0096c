package io.fairlead.it.chain;

import static io.fairlead.it.chain.ChainWorld.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.it.GatewayFixture;
import io.fairlead.registry.model.Entry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whoever comes late learns who is listed, then each change with its transaction. */
class ChainTopicsIT {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String PREFIX = "$fairlead/events/registry/";

  @Test
  void scenarioGALateSubscriberGetsTheEntriesAndThenEachChange() throws Exception {
    try (ChainWorld world = ChainWorld.start()) {
      world.register(3);
      GatewayFixture gateway =
          world.gateway(
              world.mesh(
                  """
                  mqtt: { anonymous: loopback }
                  listeners:
                    mesh: { bind: "127.0.0.1:0", proto: tcp, service: mesh }
                    mqtt: { bind: "127.0.0.1:0", proto: mqtt }
                  """));
      Map<String, JsonNode> retained = new ConcurrentHashMap<>();
      List<String> cleared = new CopyOnWriteArrayList<>();
      List<JsonNode> changes = new CopyOnWriteArrayList<>();
      try (MqttClient client =
          new MqttClient(
              "tcp://127.0.0.1:" + gateway.port("mqtt"), "late", new MemoryPersistence())) {
        MqttConnectOptions options = new MqttConnectOptions();
        options.setMqttVersion(4);
        client.connect(options);
        client.subscribe(
            PREFIX + "#",
            1,
            (topic, message) -> {
              String place = topic.substring(PREFIX.length());
              if (place.endsWith("/changes")) changes.add(tree(message));
              else if (message.getPayload().length == 0) cleared.add(place);
              else retained.put(place, tree(message));
            });
        String entry = "main/entries/" + Entry.idOf(world.node(2).endpoint());
        await().atMost(SOON).until(() -> retained.size() == 4);
        assertThat(retained).containsKey("status");
        assertThat(retained.get(entry).path("endpoints").get(0).asString(""))
            .isEqualTo(world.node(2).endpoint());

        List<JsonNode> receipts = new ArrayList<>();
        receipts.add(world.revoke(world.node(1).endpoint()));
        world.chain().mine(1);
        await().atMost(SOON).until(() -> changes.size() == 1);
        receipts.add(world.remove(world.node(2).endpoint()));
        world.chain().mine(1);
        await().atMost(SOON).until(() -> changes.size() == 2 && cleared.contains(entry));
        for (int i = 0; i < 2; i++) {
          JsonNode change = changes.get(i);
          JsonNode log = receipts.get(i).path("logs").get(0);
          assertThat(change.path("tx").asString(""))
              .isEqualTo(log.path("transactionHash").asString("?"));
          assertThat(change.path("block").asLong(0))
              .isEqualTo(Long.decode(log.path("blockNumber").asString("0x0")));
          assertThat(change.path("log_index").asLong(-1))
              .isEqualTo(Long.decode(log.path("logIndex").asString("0x0")));
          assertThat(change.path("gateway").asString("")).isEqualTo("fairlead");
        }
        assertThat(changes.get(1).path("seq").asLong(0))
            .isEqualTo(changes.get(0).path("seq").asLong(0) + 1);
        // What a client says there goes nowhere, and ends its connection.
        byte[] forged = "{}".getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> client.publish(PREFIX + "main/changes", forged, 1, false))
            .isInstanceOf(MqttException.class);
      }
      assertThat(changes).hasSize(2);
    }
  }

  private static JsonNode tree(MqttMessage message) {
    return JSON.readTree(message.getPayload());
  }
}
