package io.fairlead.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A bridge to a Mosquitto that wants TLS, a certificate and a password. */
class MqttBridgeTlsIT {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration SOON = Duration.ofSeconds(60);

  private static final String BRIDGES =
      """
      listeners: { mqtt: { bind: "127.0.0.1:0", proto: mqtt } }
      mqtt:
        bridges:
          - name: good
            addresses: mqtts://localhost:%1$d
            user: bridge
            password: pw
            tls: { ca: theirs.crt, cert: ours.crt, key: ours.key }
            topics: [ { filter: t/#, direction: both, qos: 1 } ]
          - name: wrong_ca
            addresses: mqtts://localhost:%1$d
            user: bridge
            password: pw
            backoff_min: 100ms
            tls: { ca: ours.crt, cert: ours.crt, key: ours.key }
            topics: [ { filter: u/#, direction: out } ]
          - name: no_certificate
            addresses: mqtts://localhost:%1$d
            user: bridge
            password: pw
            backoff_min: 100ms
            tls: { ca: theirs.crt }
            topics: [ { filter: u/#, direction: out } ]
          - name: other_name
            addresses: mqtts://localhost:%1$d
            user: bridge
            password: pw
            backoff_min: 100ms
            tls: { ca: theirs.crt, cert: ours.crt, key: ours.key, server_name: other.example }
            topics: [ { filter: u/#, direction: out } ]
          - name: wrong_password
            addresses: mqtts://localhost:%1$d
            user: bridge
            password: guessed
            backoff_min: 100ms
            tls: { ca: theirs.crt, cert: ours.crt, key: ours.key }
            topics: [ { filter: u/#, direction: out } ]
          - name: silent
            addresses: mqtt://127.0.0.1:%2$d
            connect_timeout: 300ms
            backoff_min: 100ms
            topics: [ { filter: u/#, direction: out } ]
      """;

  @Test
  void itCrossesByItsOwnAuthorityCertificateAndPasswordAndByNothingLess() throws Exception {
    String passwd = Peers.require("mosquitto_passwd").toString();
    // Mosquitto run by root reads its files as another user.
    Path dir =
        Files.createTempDirectory(
            "fairlead-it",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    Pem theirs = Pem.selfMade(dir, "theirs");
    Pem ours = Pem.selfMade(dir, "ours");
    Path users = dir.resolve("users");
    try (Proc made = Proc.start(passwd, "-b", "-c", users.toString(), "bridge", "pw")) {
      assertThat(made.awaitExit(SOON)).isZero();
    }
    int plain = NginxOrigin.freePort();
    int secure = NginxOrigin.freePort();
    Path conf = dir.resolve("mosquitto.conf");
    Files.writeString(
        conf,
        """
        per_listener_settings true
        listener %d 127.0.0.1
        allow_anonymous true
        listener %d localhost
        allow_anonymous false
        password_file %s
        cafile %s
        certfile %s
        keyfile %s
        require_certificate true
        """
            .formatted(plain, secure, users, ours.cert(), theirs.cert(), theirs.key()));
    for (Path file : List.of(users, conf, theirs.key())) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    }
    String program = Peers.require("mosquitto").toString();
    try (Proc mosquitto = Proc.start(program, "-c", conf.toString());
        ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      mosquitto.awaitPort(plain, SOON);
      mosquitto.awaitPort(secure, SOON);
      String yaml = BRIDGES.formatted(secure, silent.getLocalPort());
      try (GatewayFixture gateway = GatewayFixture.start(dir, yaml)) {
        await().atMost(SOON).until(() -> state(gateway, "good").equals("up"));
        crosses(gateway.port("mqtt"), plain);
        crosses(plain, gateway.port("mqtt"));
        for (String name :
            List.of("wrong_ca", "no_certificate", "other_name", "wrong_password", "silent")) {
          await()
              .atMost(SOON)
              .untilAsserted(
                  () -> assertThat(bridge(gateway, name).path("trouble").asString()).isNotEmpty());
          assertThat(state(gateway, name)).as(name).isNotEqualTo("up");
        }
      }
    }
  }

  private static void crosses(int from, int to) throws Exception {
    try (MqttLink reader = BridgeTraffic.join(to, "reader");
        MqttLink writer = BridgeTraffic.join(from, "writer")) {
      reader.send(
          new Packet.Subscribe(
              reader.nextId(), List.of(new Packet.Wish("t/#", 0)), Properties.EMPTY));
      assertThat(reader.take(SOON).orElseThrow()).isInstanceOf(Packet.SubAck.class);
      writer.send(
          new Packet.Publish(
              "t/1".getBytes(UTF_8),
              "x".getBytes(UTF_8),
              1,
              false,
              false,
              writer.nextId(),
              Properties.EMPTY));
      assertThat(reader.take(SOON).orElseThrow()).isInstanceOf(Packet.Publish.class);
    }
  }

  private static String state(GatewayFixture gateway, String name) throws Exception {
    return bridge(gateway, name).path("state").asString();
  }

  private static JsonNode bridge(GatewayFixture gateway, String name) throws Exception {
    for (JsonNode each :
        JSON.readTree(gateway.api().get("/v1/mqtt/bridges").text()).path("bridges")) {
      if (each.path("name").asString().equals(name)) return each;
    }
    throw new AssertionError("no bridge " + name);
  }
}
