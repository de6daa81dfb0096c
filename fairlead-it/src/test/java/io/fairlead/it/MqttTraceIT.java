package io.fairlead.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Traces of single clients, and clients of the command line over a web socket. */
class MqttTraceIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String GATEWAY =
      "listeners: { mqtt: { bind: \"127.0.0.1:0\", proto: mqtt } }\n";

  private static MqttLink join(GatewayFixture gateway, String id, Optional<String> path)
      throws Exception {
    MqttLink link =
        MqttLink.open(
            new InetSocketAddress("127.0.0.1", gateway.port("mqtt")),
            Optional.empty(),
            path,
            new Packet.Connect(
                MqttVersion.V5,
                true,
                60,
                id,
                Optional.empty(),
                Optional.empty(),
                null,
                Properties.EMPTY),
            SOON);
    assertThat(link.take(SOON)).containsInstanceOf(Packet.ConnAck.class);
    return link;
  }

  private static Packet message(String topic, String payload) {
    return new Packet.Publish(
        topic.getBytes(UTF_8), payload.getBytes(UTF_8), 1, false, false, 9, Properties.EMPTY);
  }

  @Test
  void aTraceTellsWhatOneClientSaysAndIsToldAndNoPayload() throws Exception {
    try (var gateway = GatewayFixture.start(GATEWAY)) {
      var begun = gateway.api().send("POST", "/v1/mqtt/traces", "{\"client_id\":\"seen\"}");
      assertThat(begun.status()).as(begun.text()).isEqualTo(200);
      String trace = "/v1/mqtt/traces/" + ControlApi.value(begun, "id");
      try (MqttLink seen = join(gateway, "seen", Optional.empty());
          MqttLink other = join(gateway, "other", Optional.empty())) {
        seen.send(new Packet.Subscribe(5, List.of(new Packet.Wish("a/+", 1)), Properties.EMPTY));
        assertThat(seen.take(SOON)).containsInstanceOf(Packet.SubAck.class);
        other.send(message("a/b", "secret words"));
        assertThat(seen.take(SOON)).containsInstanceOf(Packet.Publish.class);
        seen.send(Packet.PingReq.INSTANCE);
        assertThat(seen.take(SOON)).containsInstanceOf(Packet.PingResp.class);

        String text = gateway.api().get(trace).text().replaceAll("\\s", "");
        assertThat(text)
            .contains("\"packet\":\"CONNECT\"", "\"packet\":\"CONNACK\"", "\"packet\":\"PINGRESP\"")
            .contains("\"packet\":\"SUBSCRIBE\",\"packet_id\":5,\"topic\":\"a/+\"")
            .contains("\"topic\":\"a/b\",\"qos\":1,\"retain\":false,\"dup\":false")
            .contains("\"payload_bytes\":12")
            .doesNotContain("secret", "\"other\"");
        assertThat(gateway.api().get(trace + "?after=1").text()).doesNotContain("\"CONNECT\"");
      }
      assertThat(gateway.api().get("/v1/mqtt/traces").text()).contains("\"seen\"");
      assertThat(gateway.api().send("DELETE", trace, "").status()).isEqualTo(200);
      assertThat(gateway.api().get(trace).status()).isEqualTo(404);
    }
  }

  @Test
  void aClientThatIsNotLetInIsSeenToo() throws Exception {
    try (var gateway = GatewayFixture.start(GATEWAY + "mqtt: { anonymous: false }\n")) {
      var begun = gateway.api().send("POST", "/v1/mqtt/traces", "{\"client_id\":\"stranger\"}");
      String trace = "/v1/mqtt/traces/" + ControlApi.value(begun, "id");
      try (MqttLink stranger = join(gateway, "stranger", Optional.empty());
          MqttLink other = join(gateway, "other", Optional.empty())) {
        String text = gateway.api().get(trace).text().replaceAll("\\s", "");
        assertThat(text)
            .contains("\"packet\":\"CONNECT\"", "\"packet\":\"CONNACK\"")
            .contains("127.0.0.1", ReasonCode.NOT_AUTHORIZED.word())
            .doesNotContain("\"other\"");
        assertThat(stranger.version()).isEqualTo(other.version());
      }
    }
  }

  @Test
  void aTraceThatCannotBeIsRefused() throws Exception {
    try (var gateway = GatewayFixture.start(GATEWAY)) {
      for (String body :
          List.of("[", "{\"seconds\":0}", "{\"seconds\":4000}", "{\"topic\":\"a#\"}"))
        assertThat(gateway.api().send("POST", "/v1/mqtt/traces", body).status()).isEqualTo(400);
      for (int i = 0; i < 8; i++)
        assertThat(gateway.api().send("POST", "/v1/mqtt/traces", "{}").status()).isEqualTo(200);
      assertThat(gateway.api().send("POST", "/v1/mqtt/traces", "{}").status()).isEqualTo(409);
      assertThat(gateway.api().get("/v1/mqtt/traces/1?after=x").status()).isEqualTo(400);
      assertThat(gateway.api().send("DELETE", "/v1/mqtt/traces/99", "").status()).isEqualTo(404);
    }
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT) // waits for time to pass
  void theCommandPrintsWhatComesAndAClientIdCannotSpeakToTheTerminal() throws Exception {
    try (var gateway = GatewayFixture.start(GATEWAY)) {
      String[] words = {
        "mqtt", "trace", "--for", "3s", "--control", "unix:" + gateway.controlSocket()
      };
      var running = CompletableFuture.supplyAsync(() -> CommandLine.run(gateway.dir(), words));
      await()
          .atMost(SOON)
          .until(() -> gateway.api().get("/v1/mqtt/traces").text().contains("\"id\""));
      try (MqttLink link = join(gateway, "evil\u001b[31m\nid", Optional.empty())) {
        link.send(Packet.PingReq.INSTANCE);
        assertThat(link.take(SOON)).containsInstanceOf(Packet.PingResp.class);
        var clients =
            CommandLine.run(
                gateway.dir(), "mqtt", "clients", "--control", "unix:" + gateway.controlSocket());
        assertThat(clients.out()).contains("evil").doesNotContain("\u001b");
      }
      var outcome = running.get(60, java.util.concurrent.TimeUnit.SECONDS);
      assertThat(outcome.exit()).as(outcome.err()).isZero();
      assertThat(outcome.out()).contains("CONNECT", "CONNACK", "PINGREQ", "PINGRESP");
      assertThat(outcome.out()).doesNotContain("\u001b");
      assertThat(outcome.out().lines()).allMatch(line -> line.matches("\\d{4}-.*"));
    }
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT) // waits for time to pass
  void clientsOfTheCommandLineSpeakThroughAWebSocket() throws Exception {
    try (var gateway = GatewayFixture.start(GATEWAY);
        MqttLink watching = join(gateway, "watch", Optional.of("/mqtt"))) {
      String url = "ws://127.0.0.1:" + gateway.port("mqtt") + "/mqtt";
      watching.send(new Packet.Subscribe(1, List.of(new Packet.Wish("#", 1)), Properties.EMPTY));
      assertThat(watching.take(SOON)).containsInstanceOf(Packet.SubAck.class);
      String payload = "x".repeat(200_000);
      var pub =
          CommandLine.run(
              gateway.dir(), "mqtt", "pub", "--url", url, "--qos", "2", "--retain", "a", payload);
      assertThat(pub.exit()).as(pub.err()).isZero();
      Packet.Publish came = (Packet.Publish) watching.take(SOON).orElseThrow();
      assertThat(new String(came.payload(), UTF_8)).isEqualTo(payload);
      var sub = CommandLine.run(gateway.dir(), "mqtt", "sub", "--url", url, "-C", "1", "a");
      assertThat(sub.out().strip()).isEqualTo(payload);
      var bench =
          CommandLine.run(
              gateway.dir(),
              "mqtt",
              "bench",
              "--url",
              url,
              "--clients",
              "2",
              "--rate",
              "100",
              "-d",
              "1s");
      assertThat(bench.out()).contains("lost  0");
      var wrong = CommandLine.run(gateway.dir(), "mqtt", "pub", "--url", "http://x", "a", "b");
      assertThat(wrong.exit()).isEqualTo(64);
      assertThat(wrong.err()).contains("ws://HOST:PORT/PATH");
      var nothing =
          CommandLine.run(
              gateway.dir(), "mqtt", "pub", "--url", url.replace("/mqtt", "/nothing"), "a", "b");
      assertThat(nothing.exit()).isNotZero();
      assertThat(nothing.err()).contains("no web socket here");
    }
  }
}
