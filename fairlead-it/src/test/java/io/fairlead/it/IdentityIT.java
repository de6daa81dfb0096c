package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.net.auth.IdentityKey;
import io.fairlead.net.auth.TokenMint;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** One Ed25519 key opens the broker and the proxy, and losing its entry closes both. */
class IdentityIT {
  private static final Duration SOON = Duration.ofSeconds(10);

  @Test
  void anEntryThatLeavesIsCutOnEveryPathWithinASecondWithOneAuditLine() throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    String alice = newKey(dir, "alice.key");
    String bob = newKey(dir, "bob.key");
    Files.writeString(dir.resolve("members.yaml"), members(alice, bob));
    try (var far =
            GatewayFixture.start("listeners: { echo: { bind: \"127.0.0.1:0\", proto: echo } }");
        var gateway = GatewayFixture.start(dir, CONFIG)) {
      String alices = token(dir, "alice.key");
      String bobs = token(dir, "bob.key");
      try (MqttLink aliceLink = join(gateway, "a", "", alices);
          MqttLink bobLink = join(gateway, "b", bob, bobs);
          RawClient aliceTunnel = tunnel(gateway, "Bearer " + alices, far.port("echo"));
          RawClient bobTunnel = tunnel(gateway, basic(bob, bobs), far.port("echo"))) {
        echo(aliceTunnel);
        echo(bobTunnel);

        long start = System.nanoTime();
        GatewayFixture.replace(dir.resolve("members.yaml"), members(bob));
        assertThat(aliceLink.take(SOON))
            .contains(new Packet.Disconnect(ReasonCode.ADMINISTRATIVE_ACTION, Properties.EMPTY));
        aliceTunnel.timeout(Duration.ofSeconds(5)).awaitEnd();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));

        echo(bobTunnel);
        bobLink.send(Packet.PingReq.INSTANCE);
        assertThat(bobLink.take(SOON)).contains(Packet.PingResp.INSTANCE);
        assertThat(answer(gateway, "a", "", alices))
            .isEqualTo(ReasonCode.BAD_USER_NAME_OR_PASSWORD);
        assertThat(connect(gateway, "Bearer " + alices, far.port("echo")).status()).isEqualTo(407);

        List<String> lines =
            Files.readAllLines(dir.resolve("state/audit.log")).stream()
                .filter(line -> line.contains("\"member.removed\""))
                .toList();
        assertThat(lines).hasSize(1);
        assertThat(lines.getFirst())
            .contains("\"id\":\"entry-0\"", "\"op\":\"remove\"", "\"cut\":2", "\"position\"");
      }
    }
  }

  @Test
  void tokensForSomebodyElseOrOfAnotherKeyOpenNothing() throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    String alice = newKey(dir, "alice.key");
    newKey(dir, "thief.key");
    Files.writeString(dir.resolve("members.yaml"), members(alice));
    try (var gateway = GatewayFixture.start(dir, CONFIG)) {
      String elsewhere =
          run(dir, "registry", "token", "--identity", "alice.key", "--aud", "elsewhere");
      assertThat(answer(gateway, "a", "", elsewhere))
          .isEqualTo(ReasonCode.BAD_USER_NAME_OR_PASSWORD);
      assertThat(answer(gateway, "a", alice, token(dir, "thief.key")))
          .isEqualTo(ReasonCode.BAD_USER_NAME_OR_PASSWORD);
      assertThat(answer(gateway, "a", alice, token(dir, "alice.key")))
          .isEqualTo(ReasonCode.SUCCESS);
      assertThat(connect(gateway, "Bearer " + elsewhere, 1).status()).isEqualTo(407);
    }
  }

  @Test
  void aConnectionEndsWithItsToken() throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    IdentityKey key = IdentityKey.make(Randomness.system());
    Files.writeString(dir.resolve("members.yaml"), members(key.publicKey().peerId()));
    try (var gateway = GatewayFixture.start(dir, CONFIG)) {
      // Its time is over, but for what clocks may differ.
      String token =
          TokenMint.mint(key, "gw", Duration.ofSeconds(-28), Clock.system().wall(), true);
      try (MqttLink link = join(gateway, "a", "", token)) {
        assertThat(link.take(SOON))
            .contains(new Packet.Disconnect(ReasonCode.NOT_AUTHORIZED, Properties.EMPTY));
      }
    }
  }

  @Test
  void theCommandLineProvesItselfByItsKey() throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    String alice = newKey(dir, "alice.key");
    Files.writeString(dir.resolve("members.yaml"), members(alice));
    try (var gateway = GatewayFixture.start(dir, CONFIG)) {
      String url = "mqtt://127.0.0.1:" + gateway.port("mqtt");
      for (String version : List.of("5.0", "3.1.1")) {
        run(
            dir,
            "mqtt",
            "pub",
            "--url",
            url,
            "--identity",
            "alice.key",
            "--aud",
            "gw",
            "--protocol",
            version,
            "--qos",
            "1",
            "a",
            "b");
      }
      var refused = CommandLine.run(dir, "mqtt", "pub", "--url", url, "a", "b");
      assertThat(refused.exit()).isEqualTo(77);
      assertThat(run(dir, "relay", "id", "alice.key")).isEqualTo(alice);
      assertThat(CommandLine.run(dir, "relay", "key", "new", "alice.key").exit()).isEqualTo(73);
    }
  }

  private static String newKey(Path dir, String file) {
    return run(dir, "relay", "key", "new", file);
  }

  private static String token(Path dir, String file) {
    return run(dir, "registry", "token", "--identity", file, "--aud", "gw", "--ttl", "5m");
  }

  private static String run(Path dir, String... words) {
    var outcome = CommandLine.run(dir, words);
    assertThat(outcome.exit()).as(outcome.err()).isZero();
    return outcome.out().strip();
  }

  private static String members(String... keys) {
    StringBuilder text = new StringBuilder("version: 1\nmembers:\n");
    for (int i = 0; i < keys.length; i++) {
      String id = keys.length == 1 ? "entry-1" : "entry-" + i;
      text.append("  - { id: ").append(id).append(", public_key: ").append(keys[i]).append(" }\n");
    }
    return text.toString();
  }

  private static MqttLink join(GatewayFixture gateway, String id, String user, String token)
      throws IOException {
    MqttLink link = open(gateway, id, user, token);
    assertThat(((Packet.ConnAck) link.take(SOON).orElseThrow()).reason())
        .isEqualTo(ReasonCode.SUCCESS);
    return link;
  }

  private static ReasonCode answer(GatewayFixture gateway, String id, String user, String token)
      throws IOException {
    try (MqttLink link = open(gateway, id, user, token)) {
      return ((Packet.ConnAck) link.take(SOON).orElseThrow()).reason();
    }
  }

  private static MqttLink open(GatewayFixture gateway, String id, String user, String token)
      throws IOException {
    Packet.Connect connect =
        new Packet.Connect(
            MqttVersion.V5,
            true,
            60,
            id,
            Optional.empty(),
            user.isEmpty() ? Optional.empty() : Optional.of(user),
            token.getBytes(StandardCharsets.UTF_8),
            Properties.EMPTY);
    return MqttLink.open(
        new InetSocketAddress("127.0.0.1", gateway.port("mqtt")), false, connect, SOON);
  }

  private static RawClient tunnel(GatewayFixture gateway, String authorization, int port)
      throws IOException {
    RawClient client = RawClient.connect(gateway.port("mixed"));
    client.send(head(authorization, port));
    assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 200");
    return client;
  }

  private static StrictHttpParser.Response connect(
      GatewayFixture gateway, String authorization, int port) throws IOException {
    try (RawClient client = RawClient.connect(gateway.port("mixed"))) {
      return client.send(head(authorization, port)).readResponse("CONNECT");
    }
  }

  private static String head(String authorization, int port) {
    return "CONNECT 127.0.0.1:"
        + port
        + " HTTP/1.1\r\nHost: 127.0.0.1:"
        + port
        + "\r\nProxy-Authorization: "
        + authorization
        + "\r\n\r\n";
  }

  private static String basic(String user, String password) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
  }

  private static void echo(RawClient client) throws IOException {
    byte[] ping = {(byte) 0xF0, 1, 2, 3};
    assertThat(client.send(ping).readExactly(4)).isEqualTo(ping);
  }

  private static final String CONFIG =
      """
      name: gw
      membership: { file: "@DIR@/members.yaml" }
      listeners:
        mixed: { bind: "127.0.0.1:0", proto: mixed, service: egress }
        mqtt: { bind: "127.0.0.1:0", proto: mqtt }
      forward:
        egress:
          auth: { registry: members }
          destinations: { private: allow, connect_ports: all }
      mqtt:
        anonymous: false
        auth: [ { type: registry, source: members } ]
        acl: { default: allow }
      """;
}
