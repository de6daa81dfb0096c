package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Sessions that came back from the store while their clients are away. */
class MqttReturnedIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  @Test
  void aRemovedMembersSessionFreezesThoughItsClientNeverCameBack() throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    String hash = Pem.passwordHash("pw");
    Files.writeString(dir.resolve("users"), "alice:" + hash + "\nbob:" + hash + "\n");
    Files.writeString(dir.resolve("members.yaml"), members("alice", "bob"));
    GatewayFixture first =
        GatewayFixture.start(
            dir,
            """
            membership: { file: "@DIR@/members.yaml" }
            listeners: { mqtt: { bind: "127.0.0.1:0", proto: mqtt } }
            mqtt:
              auth: [ { type: file, path: "@DIR@/users" } ]
              acl: { default: allow }
              anonymous: false
            """);
    lastingSession(first.port("mqtt"), "a", "alice");
    lastingSession(first.port("mqtt"), "b", "bob");
    first.stopAndKeep();
    try (GatewayFixture again = GatewayFixture.again(dir)) {
      assertThat(clients(again)).contains("\"a\"").contains("\"b\"");
      GatewayFixture.replace(dir.resolve("members.yaml"), members("bob"));
      await().atMost(SOON).until(() -> frozen(again).equals(List.of("a")));
      GatewayFixture.replace(dir.resolve("members.yaml"), members("alice", "bob"));
      await()
          .atMost(SOON)
          .until(() -> answer(again.port("mqtt"), "a", "alice").equals(ReasonCode.SUCCESS));
      assertThat(frozen(again)).as("its owner is back").isEmpty();
    }
  }

  private static List<String> frozen(GatewayFixture gateway) throws Exception {
    List<String> ids = new ArrayList<>();
    for (JsonNode each : JsonMapper.shared().readTree(clients(gateway)).path("clients")) {
      if (each.path("frozen").asBoolean(false)) ids.add(each.path("client_id").asString(""));
    }
    return ids;
  }

  private static String clients(GatewayFixture gateway) throws Exception {
    return gateway.api().get("/v1/mqtt/clients").text();
  }

  private static void lastingSession(int port, String id, String user) throws Exception {
    assertThat(answer(port, id, user)).isEqualTo(ReasonCode.SUCCESS);
  }

  private static ReasonCode answer(int port, String id, String user) throws Exception {
    try (MqttLink link =
        MqttLink.open(
            new InetSocketAddress("127.0.0.1", port),
            false,
            new Packet.Connect(
                MqttVersion.V5,
                false,
                60,
                id,
                Optional.empty(),
                Optional.of(user),
                "pw".getBytes(StandardCharsets.UTF_8),
                Properties.of().with(PropertyId.SESSION_EXPIRY, 3600).build()),
            SOON)) {
      Packet.ConnAck answer = (Packet.ConnAck) link.take(SOON).orElseThrow();
      return answer.reason();
    }
  }

  private static String members(String... users) {
    StringBuilder text = new StringBuilder("version: 1\nmembers:\n");
    for (String user : users) {
      text.append("  - { id: entry-").append(user).append(", user: ").append(user).append(" }\n");
    }
    return text.toString();
  }
}
