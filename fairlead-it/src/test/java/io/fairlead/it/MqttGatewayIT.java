package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.config.ConfigException;
import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The broker as part of a gateway: its listeners, its members, its reloads, its control API. */
class MqttGatewayIT {
  private static final Duration SOON = Duration.ofSeconds(10);

  @ParameterizedTest
  @ValueSource(strings = {"mqttv31", "mqttv311", "mqttv5"})
  void mosquittosClientsTalkThroughIt(String version) throws Exception {
    String subscriber = Peers.require("mosquitto_sub").toString();
    String publisher = Peers.require("mosquitto_pub").toString();
    try (var gateway = GatewayFixture.start(PLAIN)) {
      String port = Integer.toString(gateway.port("mqtt"));
      run(publisher, "-p", port, "-V", version, "-t", "a/b", "-m", "kept", "-q", "2", "-r");
      try (Proc sub =
          Proc.start(
              subscriber, "-p", port, "-V", version, "-t", "a/+", "-C", "1", "-v", "-q", "2")) {
        assertThat(sub.awaitExit(SOON)).isZero();
        assertThat(sub.stdout().strip()).isEqualTo("a/b kept");
      }
    }
  }

  @Test
  void mosquittosClientsTalkTls() throws Exception {
    String subscriber = Peers.require("mosquitto_sub").toString();
    String publisher = Peers.require("mosquitto_pub").toString();
    Path dir = Files.createTempDirectory("fairlead-it");
    Pem pem = Pem.selfMade(dir, "localhost");
    try (var gateway =
        GatewayFixture.start(
            dir,
            """
            certs: { local: { files: { cert: "%s", key: "%s" } } }
            listeners:
              mqtt: { bind: "127.0.0.1:0", proto: mqtt, tls: { cert: local } }
            """
                .formatted(pem.cert(), pem.key()))) {
      String port = Integer.toString(gateway.port("mqtt"));
      String ca = pem.cert().toString();
      run(
          publisher,
          "-h",
          "127.0.0.1",
          "--insecure",
          "--cafile",
          ca,
          "-p",
          port,
          "-t",
          "a",
          "-m",
          "secret",
          "-r",
          "-q",
          "1");
      try (Proc sub =
          Proc.start(
              subscriber,
              "-h",
              "127.0.0.1",
              "--insecure",
              "--cafile",
              ca,
              "-p",
              port,
              "-t",
              "a",
              "-C",
              "1")) {
        assertThat(sub.awaitExit(SOON)).isZero();
        assertThat(sub.stdout().strip()).isEqualTo("secret");
      }
    }
  }

  @Test
  void aRemovedMemberIsCutWithinASecondAndNobodyElse() throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    String hash = Pem.passwordHash("pw");
    Files.writeString(dir.resolve("users"), "alice:" + hash + "\nbob:" + hash + "\n");
    Files.writeString(dir.resolve("members.yaml"), members("alice", "bob"));
    try (var gateway = GatewayFixture.start(dir, GOVERNED);
        MqttLink alice = join(gateway, "a", "alice");
        MqttLink bob = join(gateway, "b", "bob")) {
      long start = System.nanoTime();
      GatewayFixture.replace(dir.resolve("members.yaml"), members("bob"));
      Packet last = alice.take(SOON).orElseThrow();
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
      assertThat(last)
          .isEqualTo(new Packet.Disconnect(ReasonCode.ADMINISTRATIVE_ACTION, Properties.EMPTY));
      ping(bob);
      try (MqttLink again = open(gateway, "a", "alice")) {
        Packet.ConnAck refused = (Packet.ConnAck) again.take(SOON).orElseThrow();
        assertThat(refused.reason()).isEqualTo(ReasonCode.NOT_AUTHORIZED);
      }
    }
  }

  @Test
  void aReloadCutsOnlyWhoLostHisAccount() throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    String hash = Pem.passwordHash("pw");
    Files.writeString(dir.resolve("users"), "alice:" + hash + "\nbob:" + hash + "\n");
    try (var gateway =
            GatewayFixture.start(
                dir,
                """
                listeners: { mqtt: { bind: "127.0.0.1:0", proto: mqtt } }
                mqtt: { auth: [ { type: file, path: "@DIR@/users" } ], acl: { default: allow }, anonymous: false }
                """);
        MqttLink alice = join(gateway, "a", "alice");
        MqttLink bob = join(gateway, "b", "bob")) {
      GatewayFixture.replace(dir.resolve("users"), "bob:" + hash + "\n");
      assertThat(gateway.api().post("/v1/reload").status()).isEqualTo(200);
      assertThat(alice.take(SOON))
          .contains(new Packet.Disconnect(ReasonCode.NOT_AUTHORIZED, Properties.EMPTY));
      ping(bob);
    }
  }

  @Test
  void theControlApiShowsAndEndsClients() throws Exception {
    try (var gateway = GatewayFixture.start(PLAIN);
        MqttLink client = join(gateway, "device 1", "")) {
      client.send(new Packet.Subscribe(1, List.of(new Packet.Wish("s/#", 1)), Properties.EMPTY));
      assertThat(client.take(SOON).orElseThrow().type()).isEqualTo(PacketType.SUBACK);
      client.send(
          new Packet.Publish(
              "r".getBytes(StandardCharsets.UTF_8),
              "kept".getBytes(StandardCharsets.UTF_8),
              1,
              true,
              false,
              2,
              Properties.EMPTY));
      assertThat(client.take(SOON).orElseThrow().type()).isEqualTo(PacketType.PUBACK);

      ControlApi api = gateway.api();
      assertThat(api.get("/v1/mqtt/clients").text()).contains("device 1").contains("s/#");
      assertThat(api.get("/v1/mqtt/subscriptions").text()).contains("\"filter\":\"s/#\"");
      assertThat(api.get("/v1/mqtt/retained?filter=r").text()).contains("\"payload\":\"kept\"");
      StrictHttpParser.Response kicked = api.send("DELETE", "/v1/mqtt/clients/device%201", "");
      assertThat(kicked.status()).isEqualTo(200);
      assertThat(client.take(SOON))
          .contains(new Packet.Disconnect(ReasonCode.ADMINISTRATIVE_ACTION, Properties.EMPTY));
      assertThat(api.send("DELETE", "/v1/mqtt/retained?filter=r", "").text())
          .contains("\"count\":1");
    }
  }

  @Test
  void aBrokerOpenToEveryoneNeedsTheOperatorsWord() {
    assertThatThrownBy(
            () ->
                GatewayFixture.start(
                    """
                    listeners: { mqtt: { bind: "0.0.0.0:0", proto: mqtt } }
                    mqtt: { anonymous: true }
                    """))
        .isInstanceOfSatisfying(
            ConfigException.class,
            refused -> assertThat(refused.problems().getFirst().code()).isEqualTo("F2101"));
  }

  private static void run(String... command) throws Exception {
    try (Proc proc = Proc.start(command)) {
      assertThat(proc.awaitExit(SOON)).as(proc.stderr()).isZero();
    }
  }

  private static MqttLink join(GatewayFixture gateway, String id, String user) throws Exception {
    MqttLink link = open(gateway, id, user);
    Packet.ConnAck answer = (Packet.ConnAck) link.take(SOON).orElseThrow();
    assertThat(answer.reason()).isEqualTo(ReasonCode.SUCCESS);
    return link;
  }

  private static MqttLink open(GatewayFixture gateway, String id, String user) throws IOException {
    Packet.Connect connect =
        new Packet.Connect(
            MqttVersion.V5,
            true,
            60,
            id,
            Optional.empty(),
            user.isEmpty() ? Optional.empty() : Optional.of(user),
            user.isEmpty() ? null : "pw".getBytes(StandardCharsets.UTF_8),
            Properties.EMPTY);
    return MqttLink.open(
        new InetSocketAddress("127.0.0.1", gateway.port("mqtt")), false, connect, SOON);
  }

  private static void ping(MqttLink link) throws IOException {
    link.send(Packet.PingReq.INSTANCE);
    assertThat(link.take(SOON)).contains(Packet.PingResp.INSTANCE);
  }

  private static String members(String... users) {
    StringBuilder text = new StringBuilder("version: 1\nmembers:\n");
    for (String user : users) {
      text.append("  - { id: entry-").append(user).append(", user: ").append(user).append(" }\n");
    }
    return text.toString();
  }

  private static final String PLAIN =
      "listeners: { mqtt: { bind: \"127.0.0.1:0\", proto: mqtt } }\n";

  private static final String GOVERNED =
      """
      membership: { file: "@DIR@/members.yaml" }
      listeners: { mqtt: { bind: "127.0.0.1:0", proto: mqtt } }
      mqtt: { auth: [ { type: file, path: "@DIR@/users" } ], acl: { default: allow }, anonymous: false }
      """;
}
