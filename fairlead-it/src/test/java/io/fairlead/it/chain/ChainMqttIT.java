package io.fairlead.it.chain;

import static io.fairlead.it.chain.ChainWorld.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.it.GatewayFixture;
import io.fairlead.it.chain.ChainReader5.Told;
import io.fairlead.testkit.DevChain;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a contract tells comes out as MQTT messages, each at least once, and knows its place. */
class ChainMqttIT {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String EVENT =
      "ProxyStatusChanged(bytes32 indexed id, uint8 previousStatus, uint8 newStatus, uint64 revision)";

  private static String yaml(ChainWorld world, String subscription, String more) {
    return """
        mqtt: { anonymous: loopback%s }
        listeners: { mqtt: { bind: "127.0.0.1:0", proto: mqtt } }
        pubsub:
          chains:
            main:
              chain_id: %d
              reconnect: { base: 50ms, cap: 200ms }
              endpoints: [ { alias: node, url: "%s" } ]
              subscriptions:
                registry: { kind: logs, address: ["%s"], %s }
                heads: { kind: new_heads }
        """
        .formatted(
            more, DevChain.CHAIN_ID, world.chain().webSocketUrl(), world.contract(), subscription);
  }

  private static List<Told> logs(ChainReader5 reader) {
    return reader.of("logs/registry/");
  }

  private static JsonNode named(GatewayFixture gateway, String name) throws Exception {
    String text = gateway.api().get("/v1/pubsub/chains/main/subscriptions").text();
    JsonNode answer = JSON.readTree(text).path("named");
    for (JsonNode each : answer) if (each.path("name").asString("").equals(name)) return each;
    return answer;
  }

  @Test
  void headsLogsAndTheirRemovalsAreTold() throws Exception {
    try (ChainWorld world = ChainWorld.start();
        GatewayFixture gateway =
            GatewayFixture.start(yaml(world, "events: [ \"" + EVENT + "\" ]", ""));
        ChainReader5 reader = new ChainReader5(gateway.port("mqtt"), "reader").subscribe()) {
      await()
          .atMost(SOON)
          .until(() -> named(gateway, "registry").path("state").asString("").equals("following"));
      await()
          .atMost(SOON)
          .until(() -> named(gateway, "heads").path("state").asString("").equals("following"));
      world.add("127.0.0.1:7001", 1);
      Object snapshot = world.chain().call("evm_snapshot").asString("");
      JsonNode receipt = world.revoke("127.0.0.1:7001");
      await().atMost(SOON).until(() -> logs(reader).size() == 1);
      Told added = logs(reader).getFirst();
      JsonNode log = receipt.path("logs").get(0);
      assertThat(added.topic())
          .isEqualTo(
              "logs/registry/" + world.contract() + "/" + log.path("topics").get(0).asString(""));
      assertThat(added.key())
          .isEqualTo(log.path("blockHash").asString("") + ":0:A")
          .isEqualTo(added.json().path("key").asString(""));
      assertThat(added.json().path("data")).isEqualTo(log.path("data"));
      assertThat(added.json().path("event").asString("")).isEqualTo("ProxyStatusChanged");
      assertThat(added.json().path("args").path("id").asString(""))
          .isEqualTo(log.path("topics").get(1).asString(""));
      assertThat(added.json().path("args").properties().stream().map(each -> each.getKey()))
          .contains("id", "revision");
      long block = Long.decode(log.path("blockNumber").asString("0x0"));
      assertThat(added.json().path("seq").toString()).isEqualTo("[" + block + ",0,0]");
      assertThat(added.json().path("gateway").asString("")).isEqualTo("fairlead");

      // The node says nothing of a revert; the next block shows it.
      assertThat(world.chain().call("evm_revert", snapshot).booleanValue()).isTrue();
      world.chain().call("evm_increaseTime", 60);
      world.chain().mine(1);
      await().atMost(SOON).until(() -> logs(reader).size() == 2);
      Told removed = logs(reader).get(1);
      assertThat(removed.key()).isEqualTo(log.path("blockHash").asString("") + ":0:R");
      assertThat(removed.json().path("removed").booleanValue(false)).isTrue();
      assertThat(removed.json().path("seq").toString()).isEqualTo("[" + block + ",0,1]");
      await()
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThat(reader.of("heads").stream().map(Told::key))
                      .containsSubsequence(
                          log.path("blockHash").asString("") + ":A",
                          log.path("blockHash").asString("") + ":R"));

      // Who comes late finds the newest header and how the connection is.
      await()
          .atMost(SOON)
          .until(() -> reader.of("heads").getLast().json().path("number").asLong(0) == block);
      try (ChainReader5 late = new ChainReader5(gateway.port("mqtt"), "late").subscribe()) {
        await().atMost(SOON).until(() -> !late.of("heads").isEmpty());
        assertThat(late.of("heads").getFirst().retained()).isTrue();
        assertThat(late.of("heads").getFirst().json())
            .isEqualTo(reader.of("heads").getLast().json());
        await().atMost(SOON).until(() -> !late.of("status").isEmpty());
        assertThat(late.of("status").getFirst().json().path("state").asString(""))
            .isEqualTo("live");
        assertThat(late.of("status").getFirst().json().path("endpoint").asString(""))
            .isEqualTo("node");
      }
    }
  }

  @Test
  void aReloadLeavesAloneWhatItDoesNotChange() throws Exception {
    try (ChainWorld world = ChainWorld.start();
        GatewayFixture gateway = GatewayFixture.start(yaml(world, "level: exact", ""));
        ChainReader5 reader = new ChainReader5(gateway.port("mqtt"), "reader").subscribe()) {
      world.add("127.0.0.1:7001", 1);
      await()
          .atMost(SOON)
          .until(() -> named(gateway, "registry").path("state").asString("").equals("following"));
      String heads = named(gateway, "heads").path("local_id").asString("");
      String before = named(gateway, "registry").path("local_id").asString("");
      long messages = named(gateway, "heads").path("messages").asLong(-1);

      gateway.replaceConfig(
          yaml(world, "level: exact, topics: [ [], [] ], from_block: 0", ", retained: {}"));
      assertThat(gateway.api().post("/v1/reload").status()).isEqualTo(200);
      await()
          .atMost(SOON)
          .until(() -> named(gateway, "registry").path("state").asString("").equals("following"));
      assertThat(named(gateway, "registry").path("local_id").asString("")).isNotEqualTo(before);
      assertThat(named(gateway, "heads").path("local_id").asString("")).isEqualTo(heads);
      assertThat(named(gateway, "heads").path("messages").asLong(-1))
          .isGreaterThanOrEqualTo(messages);
      // The new filter begins with its history.
      await().atMost(SOON).until(() -> !logs(reader).isEmpty());
      assertThat(
              gateway
                  .api()
                  .post(
                      "/v1/pubsub/chains/main/subscriptions/"
                          + named(gateway, "registry").path("local_id").asString("")
                          + "/refill?from=0")
                  .status())
          .isEqualTo(200);
      assertThat(
              gateway.api().post("/v1/pubsub/chains/main/subscriptions/0x1/refill?from=0").status())
          .isEqualTo(404);
    }
  }

  @Test
  void r12EveryKeyComesThoughTheBrokerIsStartedAgain() throws Exception {
    try (ChainWorld world = ChainWorld.start()) {
      GatewayFixture gateway =
          GatewayFixture.start(
              yaml(world, "from_block: 0, cursor: file", ", persistence: { durability: fsync }"));
      List<JsonNode> receipts = new ArrayList<>();
      List<Told> told = new ArrayList<>();
      try {
        try (ChainReader5 reader = new ChainReader5(gateway.port("mqtt"), "r").subscribe()) {
          for (int i = 0; i < 5; i++) receipts.add(world.add("127.0.0.1:" + (7000 + i), 1));
          await().atMost(SOON).until(() -> keys(logs(reader)).containsAll(keysOf(receipts)));
          told.addAll(logs(reader));
        }
        // Nobody listens, then nobody publishes; then both come back.
        receipts.add(world.revoke("127.0.0.1:7000"));
        var folder = gateway.stopAndKeep();
        for (int i = 5; i < 8; i++) receipts.add(world.add("127.0.0.1:" + (7000 + i), 1));
        gateway = GatewayFixture.again(folder);
        receipts.add(world.remove("127.0.0.1:7001"));
        try (ChainReader5 reader = new ChainReader5(gateway.port("mqtt"), "r")) {
          await()
              .atMost(SOON)
              .until(
                  () -> {
                    Set<String> all = keys(told);
                    all.addAll(keys(logs(reader)));
                    return all.containsAll(keysOf(receipts));
                  });
          told.addAll(logs(reader));
        }
      } finally {
        gateway.close();
      }
      Set<String> expected = new HashSet<>(keysOf(receipts));
      // What deploying the contract told is part of its history.
      Set<String> more = keys(told);
      more.removeAll(expected);
      assertThat(more).allMatch(key -> key.startsWith(deployment(told)));
      // A clean stop stores the cursor behind the last message: nothing comes twice.
      assertThat(told.stream().map(Told::key)).doesNotHaveDuplicates();
    }
  }

  /** Block of the first log there is. */
  private static String deployment(List<Told> told) {
    return told.stream()
        .min(java.util.Comparator.comparingLong(each -> each.json().path("seq").get(0).asLong(0)))
        .map(each -> each.json().path("blockHash").asString(""))
        .orElse("none");
  }

  private static Set<String> keys(List<Told> told) {
    return told.stream().map(Told::key).collect(Collectors.toCollection(HashSet::new));
  }

  private static Set<String> keysOf(List<JsonNode> receipts) {
    Set<String> keys = new HashSet<>();
    for (JsonNode receipt : receipts) {
      for (JsonNode log : receipt.path("logs")) {
        keys.add(
            log.path("blockHash").asString("")
                + ":"
                + Long.decode(log.path("logIndex").asString("0x0"))
                + ":A");
      }
    }
    return keys;
  }
}
