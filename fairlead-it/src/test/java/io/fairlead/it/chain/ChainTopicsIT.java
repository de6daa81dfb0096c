package io.fairlead.it.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.it.GatewayFixture;
import io.fairlead.registry.model.Entry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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

/**
 * Whoever comes late learns who is listed, then each change with its transaction. The node mines a
 * block each second.
 */
class ChainTopicsIT {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String PREFIX = "$fairlead/events/registry/";
  private static final String MQTT =
      """
      mqtt: { anonymous: loopback }
      listeners:
        mesh: { bind: "127.0.0.1:0", proto: tcp, service: mesh }
        mqtt: { bind: "127.0.0.1:0", proto: mqtt }
      """;

  /** Somebody who comes late to one gateway, and keeps what is told. */
  private static final class Late implements AutoCloseable {
    final Map<String, JsonNode> retained = new ConcurrentHashMap<>();
    final List<String> cleared = new CopyOnWriteArrayList<>();
    final List<JsonNode> changes = new CopyOnWriteArrayList<>();
    final MqttClient client;

    Late(GatewayFixture gateway) throws MqttException {
      client =
          new MqttClient(
              "tcp://127.0.0.1:" + gateway.port("mqtt"), "late", new MemoryPersistence());
      MqttConnectOptions options = new MqttConnectOptions();
      options.setMqttVersion(4);
      client.connect(options);
      client.subscribe(PREFIX + "#", 1, this::take);
    }

    private void take(String topic, MqttMessage message) {
      String place = topic.substring(PREFIX.length());
      if (place.endsWith("/changes")) changes.add(tree(message));
      else if (message.getPayload().length == 0) cleared.add(place);
      else retained.put(place, tree(message));
    }

    @Override
    public void close() throws MqttException {
      if (client.isConnected()) client.disconnect();
      client.close();
    }
  }

  @Test
  void scenarioGALateSubscriberGetsTheEntriesAndThenEachChange() throws Exception {
    Map<GatewayFixture, Late> readers = new LinkedHashMap<>();
    try (ChainWorld world = ChainWorld.start()) {
      world.register(4);
      world.paced();
      world.three(world.mesh(MQTT), 4);
      world.atEach(gateway -> readers.put(gateway, new Late(gateway)));
      String entry = "main/entries/" + Entry.idOf(world.node(2).endpoint());
      world.awaitEach(gateway -> reader(readers, gateway).retained.size() == 5);
      world.atEach(
          gateway -> {
            Late late = reader(readers, gateway);
            assertThat(late.retained).containsKey("status");
            assertThat(late.retained.get(entry).path("endpoints").path(0).asString(""))
                .isEqualTo(world.node(2).endpoint());
            assertThat(late.changes).as("it came after them").isEmpty();
          });

      List<JsonNode> receipts = new ArrayList<>();
      receipts.add(world.revoke(world.node(1).endpoint()));
      changed(world, readers, receipts);
      receipts.add(world.remove(world.node(2).endpoint()));
      changed(world, readers, receipts);
      receipts.add(world.revoke(world.node(3).endpoint()));
      changed(world, readers, receipts);
      world.awaitEach(gateway -> reader(readers, gateway).cleared.contains(entry));
      world.atEach(
          gateway -> {
            told(reader(readers, gateway).changes, receipts, world.name(gateway));
            world.traffic(gateway).undisturbed("P4");
          });

      // What a client says there goes nowhere, and ends its connection.
      byte[] forged = "{}".getBytes(StandardCharsets.UTF_8);
      world.atEach(
          gateway -> {
            Late late = reader(readers, gateway);
            assertThatThrownBy(() -> late.client.publish(PREFIX + "main/changes", forged, 1, false))
                .isInstanceOf(MqttException.class);
            assertThat(late.changes).hasSize(3);
          });
    } finally {
      for (Late each : readers.values()) each.close();
    }
  }

  private static Late reader(Map<GatewayFixture, Late> readers, GatewayFixture gateway) {
    return java.util.Objects.requireNonNull(readers.get(gateway));
  }

  /** As many changes were told at each gateway as there were transactions. */
  private static void changed(
      ChainWorld world, Map<GatewayFixture, Late> readers, List<JsonNode> receipts)
      throws Exception {
    world.deep(receipts.getLast(), 1);
    world.awaitEach(gateway -> reader(readers, gateway).changes.size() == receipts.size());
  }

  /** One message for each transaction, as its log says; no number is left out. */
  private static void told(List<JsonNode> changes, List<JsonNode> receipts, String gateway) {
    long first = changes.getFirst().path("seq").asLong(0);
    for (int i = 0; i < receipts.size(); i++) {
      JsonNode change = changes.get(i);
      JsonNode log = receipts.get(i).path("logs").get(0);
      assertThat(change.path("seq").asLong(0)).isEqualTo(first + i);
      assertThat(change.path("tx").asString(""))
          .isEqualTo(log.path("transactionHash").asString("?"));
      assertThat(change.path("block").asLong(0))
          .isEqualTo(Long.decode(log.path("blockNumber").asString("0x0")));
      assertThat(change.path("block_hash").asString(""))
          .isEqualTo(log.path("blockHash").asString("?"));
      assertThat(change.path("log_index").asLong(-1))
          .isEqualTo(Long.decode(log.path("logIndex").asString("0x0")));
      assertThat(change.path("gateway").asString("")).isEqualTo(gateway);
    }
  }

  private static JsonNode tree(MqttMessage message) {
    return JSON.readTree(message.getPayload());
  }
}
