package io.fairlead.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.ObjectMapper;

/** Commands about clients and messages of a broker, against one that runs. */
class MqttCommandsIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String GATEWAY =
      "listeners: { mqtt: { bind: \"127.0.0.1:0\", proto: mqtt } }\n";

  private static Packet.ConnAck[] greeting() {
    return new Packet.ConnAck[1];
  }

  private static MqttLink join(GatewayFixture gateway, String id, Packet.ConnAck[] said)
      throws Exception {
    MqttLink link =
        MqttLink.open(
            new InetSocketAddress("127.0.0.1", gateway.port("mqtt")),
            Optional.empty(),
            Optional.empty(),
            new Packet.Connect(
                MqttVersion.V5,
                false,
                60,
                id,
                Optional.empty(),
                Optional.empty(),
                null,
                Properties.of().with(PropertyId.SESSION_EXPIRY, 600).build()),
            SOON);
    said[0] = (Packet.ConnAck) link.take(SOON).orElseThrow();
    assertThat(said[0].reason()).isEqualTo(ReasonCode.SUCCESS);
    return link;
  }

  private static CommandLine.Outcome ask(GatewayFixture gateway, String... words) {
    String[] all = java.util.Arrays.copyOf(words, words.length + 3);
    System.arraycopy(words, 0, all, 1, words.length);
    all[0] = "mqtt";
    all[words.length + 1] = "--control";
    all[words.length + 2] = "unix:" + gateway.controlSocket();
    return CommandLine.run(gateway.dir(), all);
  }

  /** Lets it go with these words, and returns what it was told. */
  private static Packet.Disconnect kicked(GatewayFixture gateway, String id, String... words)
      throws Exception {
    try (MqttLink link = join(gateway, id, greeting())) {
      String[] all = java.util.Arrays.copyOf(words, words.length + 2);
      System.arraycopy(words, 0, all, 1, words.length);
      all[0] = "kick";
      all[words.length + 1] = id;
      var outcome = ask(gateway, all);
      assertThat(outcome.exit()).as(outcome.err()).isZero();
      assertThat(outcome.out().strip()).isEqualTo(id + " was let go");
      return (Packet.Disconnect) link.take(SOON).orElseThrow();
    }
  }

  @Test
  void aClientIsKickedSentElsewhereOrForgotten() throws Exception {
    try (var gateway = GatewayFixture.start(GATEWAY)) {
      assertThat(kicked(gateway, "one"))
          .isEqualTo(new Packet.Disconnect(ReasonCode.ADMINISTRATIVE_ACTION, Properties.EMPTY));
      Properties there =
          Properties.of().with(PropertyId.SERVER_REFERENCE, "b.example:1883").build();
      assertThat(kicked(gateway, "one", "--to", "b.example:1883"))
          .isEqualTo(new Packet.Disconnect(ReasonCode.USE_ANOTHER_SERVER, there));
      assertThat(kicked(gateway, "one", "--to", "b.example:1883", "--moved"))
          .isEqualTo(new Packet.Disconnect(ReasonCode.SERVER_MOVED, there));
      assertThat(ask(gateway, "clients").out()).contains("one").contains("away");

      Packet.ConnAck[] said = greeting();
      try (MqttLink again = join(gateway, "one", said)) {
        assertThat(said[0].sessionPresent()).isTrue();
        assertThat(again.version()).isEqualTo(MqttVersion.V5);
      }
      kicked(gateway, "one", "--session");
      assertThat(ask(gateway, "clients", "--json").out()).doesNotContain("\"one\"");
      try (MqttLink anew = join(gateway, "one", said)) {
        assertThat(said[0].sessionPresent()).isFalse();
        assertThat(anew.version()).isEqualTo(MqttVersion.V5);
      }
      var nobody = ask(gateway, "kick", "nobody");
      assertThat(nobody.exit()).isNotZero();
      assertThat(nobody.out()).isEmpty();
    }
  }

  @Test
  void whatTheBrokerKeepsIsShownAndDeleted() throws Exception {
    try (var gateway = GatewayFixture.start(GATEWAY)) {
      String url = "mqtt://127.0.0.1:" + gateway.port("mqtt");
      for (String topic : List.of("room/1", "room/2", "other")) {
        var pub =
            CommandLine.run(
                gateway.dir(), "mqtt", "pub", "--url", url, "--qos", "1", "--retain", topic, "on");
        assertThat(pub.exit()).as(pub.err()).isZero();
      }
      assertThat(ask(gateway, "retained").out().lines())
          .containsExactlyInAnyOrder("room/1  on", "room/2  on", "other  on");
      assertThat(ask(gateway, "retained", "room/#").out().lines()).hasSize(2);
      assertThat(ask(gateway, "retained", "--delete", "room/#").out().strip())
          .isEqualTo("2 deleted");
      assertThat(ask(gateway, "retained").out().strip()).isEqualTo("other  on");
    }
  }

  @Test
  void changesSayAsJsonWhatTheyDid() throws Exception {
    try (var gateway = GatewayFixture.start(GATEWAY);
        MqttLink link = join(gateway, "one", greeting())) {
      assertThat(link.version()).isEqualTo(MqttVersion.V5);
      String url = "mqtt://127.0.0.1:" + gateway.port("mqtt");
      var pub =
          CommandLine.run(gateway.dir(), "mqtt", "pub", "--url", url, "--retain", "room/1", "on");
      assertThat(pub.exit()).as(pub.err()).isZero();
      assertThat(json(ask(gateway, "kick", "--json", "one")))
          .isEqualTo(Map.of("schema", "fairlead.mqtt.kicked/1", "client_id", "one"));
      assertThat(json(ask(gateway, "retained", "--json", "--delete", "room/#")))
          .isEqualTo(Map.of("schema", "fairlead.mqtt.forgotten/1", "count", 1));
    }
  }

  private static Map<?, ?> json(CommandLine.Outcome outcome) {
    assertThat(outcome.exit()).as(outcome.err()).isZero();
    return new ObjectMapper().readValue(outcome.out(), Map.class);
  }

  @Test
  void wordsThatDoNotGoTogetherChangeNothing() throws Exception {
    try (var gateway = GatewayFixture.start(GATEWAY);
        MqttLink link = join(gateway, "one", greeting())) {
      String url = "mqtt://127.0.0.1:" + gateway.port("mqtt");
      var pub =
          CommandLine.run(gateway.dir(), "mqtt", "pub", "--url", url, "--retain", "room/1", "on");
      assertThat(pub.exit()).as(pub.err()).isZero();
      assertThat(ask(gateway, "retained", "--delete").exit()).as("of everything").isEqualTo(64);
      assertThat(ask(gateway, "retained").out().strip()).isEqualTo("room/1  on");
      assertThat(ask(gateway, "kick", "one", "--moved").exit()).isEqualTo(64);
      assertThat(ask(gateway, "kick", "one", "--session", "--to", "b:1883").exit()).isEqualTo(64);
      link.send(Packet.PingReq.INSTANCE);
      assertThat(link.take(SOON)).contains(Packet.PingResp.INSTANCE);
    }
  }

  @Test
  void aRequestIsPrintedItsAnswer() throws Exception {
    try (var gateway = GatewayFixture.start(GATEWAY);
        MqttLink service = join(gateway, "service", greeting())) {
      service.send(new Packet.Subscribe(1, List.of(new Packet.Wish("ask", 0)), Properties.EMPTY));
      assertThat(service.take(SOON)).containsInstanceOf(Packet.SubAck.class);
      String url = "mqtt://127.0.0.1:" + gateway.port("mqtt");
      var asking =
          CompletableFuture.supplyAsync(
              () -> CommandLine.run(gateway.dir(), "mqtt", "rr", "--url", url, "ask", "2+3"));
      Packet.Publish question = (Packet.Publish) service.take(SOON).orElseThrow();
      assertThat(new String(question.payload(), UTF_8)).isEqualTo("2+3");
      String where = question.properties().text(PropertyId.RESPONSE_TOPIC).orElseThrow();
      byte[] tag = question.properties().bytes(PropertyId.CORRELATION_DATA).orElseThrow();
      // The first is for another question.
      for (String answer : List.of("6", "5")) {
        byte[] whose = answer.equals("5") ? tag : new byte[] {1};
        service.send(
            new Packet.Publish(
                where.getBytes(UTF_8),
                answer.getBytes(UTF_8),
                0,
                false,
                false,
                0,
                Properties.of().with(PropertyId.CORRELATION_DATA, whose).build()));
      }
      var outcome = asking.get(60, TimeUnit.SECONDS);
      assertThat(outcome.exit()).as(outcome.err()).isZero();
      assertThat(outcome.out().strip()).isEqualTo("5");
      var unheard =
          CommandLine.run(
              gateway.dir(), "mqtt", "rr", "--url", url, "-W", "200ms", "nobody", "hello");
      assertThat(unheard.exit()).isEqualTo(75);
    }
  }

  @Test
  void aBrokerOfOneLineIsAConfiguration() throws Exception {
    var printed =
        CommandLine.run(
            java.nio.file.Path.of("").toAbsolutePath(),
            "mqtt",
            "broker",
            "--listen",
            "127.0.0.1:0",
            "--print-config");
    assertThat(printed.exit()).as(printed.err()).isZero();
    assertThat(printed.out()).contains("proto: mqtt").contains("127.0.0.1:0");
  }
}
