package io.fairlead.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** {@code mqtt pub | sub | rr | bench} as scripts use them: what they print, and how they end. */
class MqttClientCommandsIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String LISTENER =
      "listeners: { mqtt: { bind: \"127.0.0.1:0\", proto: mqtt } }";

  private static GatewayFixture start(String mqtt) throws Exception {
    return GatewayFixture.start(LISTENER + "\nmqtt: { " + mqtt + " }\n");
  }

  private static CommandLine.Outcome run(GatewayFixture gateway, String verb, String... words) {
    List<String> all = new ArrayList<>(List.of("mqtt", verb));
    all.addAll(List.of("--url", "mqtt://127.0.0.1:" + gateway.port("mqtt")));
    all.addAll(List.of(words));
    return CommandLine.run(gateway.dir(), all.toArray(String[]::new));
  }

  private static void publish(
      MqttLink link, String topic, String payload, boolean retain, Properties properties)
      throws Exception {
    link.send(
        new Packet.Publish(
            topic.getBytes(UTF_8), payload.getBytes(UTF_8), 0, retain, false, 0, properties));
  }

  /** A packet is answered once what was sent before was taken. */
  private static void ping(MqttLink link) throws Exception {
    link.send(Packet.PingReq.INSTANCE);
    assertThat(link.take(SOON)).contains(Packet.PingResp.INSTANCE);
  }

  @Test
  void aLineOfJsonHasThePayloadAsItIs() throws Exception {
    try (var gateway = start("");
        MqttLink link = MqttClients.of(gateway, SOON).join("test")) {
      publish(link, "a", "two  spaces\n  and lines", true, Properties.EMPTY);
      ping(link);
      var outcome = run(gateway, "sub", "--json", "-C", "1", "a");
      assertThat(outcome.exit()).as(outcome.err()).isZero();
      assertThat(outcome.out().strip())
          .isEqualTo(
              "{\"schema\": \"fairlead.mqtt.message/1\", \"topic\": \"a\", \"payload\": \"two "
                  + " spaces\\n"
                  + "  and lines\", \"qos\": 0, \"retain\": true}");
    }
  }

  @Test
  void aFormatSaysWhatAMessageHasAndMessagesSayNothingToIt() throws Exception {
    try (var gateway = start("");
        MqttLink link = MqttClients.of(gateway, SOON).join("test")) {
      Properties more =
          Properties.of().with(PropertyId.CONTENT_TYPE, "text").user("k", "{t} v").build();
      publish(link, "a/{p}/$1", "{len}", true, more);
      ping(link);
      var outcome =
          run(gateway, "sub", "-C", "1", "--format", "{t}|{p}|{q}|{r}|{len}|{x}|{props}|{u}", "#");
      assertThat(outcome.exit()).as(outcome.err()).isZero();
      assertThat(outcome.out().strip())
          .isEqualTo(
              "a/{p}/$1|{len}|0|1|5|7b6c656e7d|"
                  + "{\"content_type\": \"text\", \"user\": {\"k\": \"{t} v\"}}|{u}");
      var both = run(gateway, "sub", "-C", "1", "--format", "{ts} {j}", "#");
      assertThat(both.out()).matches("(?s)20\\d\\d-\\S+Z \\{\"schema\".*");
    }
  }

  @Test
  void anAnswerIsPrintedWhateverItsBytes() throws Exception {
    try (var gateway = start("");
        MqttLink service = MqttClients.of(gateway, SOON).join("service")) {
      service.send(new Packet.Subscribe(1, List.of(new Packet.Wish("ask", 0)), Properties.EMPTY));
      assertThat(service.take(SOON)).containsInstanceOf(Packet.SubAck.class);
      assertThat(answered(gateway, service).out().strip()).isEqualTo("ff00");
      assertThat(answered(gateway, service, "--json").out().strip())
          .startsWith("{\"schema\": \"fairlead.mqtt.message/1\"")
          .contains("\"payload_base64\": \"/wA=\"");
    }
  }

  /** Asks, and the service answers with two bytes that are no text. */
  private static CommandLine.Outcome answered(
      GatewayFixture gateway, MqttLink service, String... more) throws Exception {
    List<String> words = new ArrayList<>(List.of(more));
    words.addAll(List.of("ask", "x"));
    var asking =
        CompletableFuture.supplyAsync(() -> run(gateway, "rr", words.toArray(String[]::new)));
    Packet.Publish question = (Packet.Publish) service.take(SOON).orElseThrow();
    byte[] where =
        question.properties().text(PropertyId.RESPONSE_TOPIC).orElseThrow().getBytes(UTF_8);
    byte[] tag = question.properties().bytes(PropertyId.CORRELATION_DATA).orElseThrow();
    service.send(
        new Packet.Publish(
            where,
            new byte[] {(byte) 0xff, 0},
            0,
            false,
            false,
            0,
            Properties.of().with(PropertyId.CORRELATION_DATA, tag).build()));
    var outcome = asking.get(60, TimeUnit.SECONDS);
    assertThat(outcome.exit()).as(outcome.err()).isZero();
    return outcome;
  }

  @Test
  void linesArePublishedAsTheBytesTheyAre() throws Exception {
    InputStream before = System.in;
    try (var gateway = start("");
        MqttLink link = MqttClients.of(gateway, SOON).join("test")) {
      link.send(new Packet.Subscribe(1, List.of(new Packet.Wish("a", 0)), Properties.EMPTY));
      assertThat(link.take(SOON)).containsInstanceOf(Packet.SubAck.class);
      byte[] input = {'o', 'n', 'e', '\r', '\n', (byte) 0xff, 0, '\n', '\n', 'x'};
      System.setIn(new ByteArrayInputStream(input));
      assertThat(run(gateway, "pub", "--lines", "--qos", "1", "a").exit()).isZero();
      List<String> got = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Packet.Publish message = (Packet.Publish) link.take(SOON).orElseThrow();
        got.add(HexFormat.of().formatHex(message.payload()));
      }
      assertThat(got).containsExactly("6f6e65", "ff00", "", "78");
    } finally {
      System.setIn(before);
    }
  }

  @Test
  void clientsOfVersion31DoNotPushEachOtherOut() throws Exception {
    try (var gateway = start("")) {
      var watching =
          CompletableFuture.supplyAsync(
              () ->
                  run(
                      gateway,
                      "sub",
                      "--protocol",
                      "3.1",
                      "--no-reconnect",
                      "-C",
                      "1",
                      "-W",
                      "30s",
                      "a"));
      await().atMost(SOON).until(() -> subscribed(gateway));
      assertThat(run(gateway, "pub", "--protocol", "3.1", "--qos", "1", "a", "x").exit()).isZero();
      var outcome = watching.get(60, TimeUnit.SECONDS);
      assertThat(outcome.exit()).as(outcome.err()).isZero();
      assertThat(outcome.out().strip()).isEqualTo("x");
    }
  }

  private static boolean subscribed(GatewayFixture gateway) throws Exception {
    return gateway.api().get("/v1/mqtt/subscriptions").text().contains("\"filter\"");
  }

  /** A broker may send messages before it answers the SUBSCRIBE that they come by. */
  @Test
  void aMessageInFrontOfTheAnswerIsPrintedToo() throws Exception {
    try (ServerSocket broker = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var serving =
          CompletableFuture.runAsync(
              () -> {
                try (Socket client = broker.accept()) {
                  client.getInputStream().readNBytes(2 + 13 + 0); // CONNECT without an id
                  client.getOutputStream().write(HexFormat.of().parseHex("2003000000"));
                  client.getInputStream().readNBytes(9); // SUBSCRIBE to a
                  client
                      .getOutputStream()
                      .write(
                          HexFormat.of()
                              .parseHex("3005000161" + "00" + "78" + "9004000100" + "00"));
                  client.getInputStream().readAllBytes();
                } catch (IOException ended) {
                  throw new UncheckedIOException(ended);
                }
              });
      var outcome =
          CommandLine.run(
              Path.of("."),
              "mqtt",
              "sub",
              "--url",
              "mqtt://127.0.0.1:" + broker.getLocalPort(),
              "-C",
              "1",
              "-W",
              "20s",
              "a");
      assertThat(outcome.exit()).as(outcome.err()).isZero();
      assertThat(outcome.out().strip()).isEqualTo("x");
      serving.get(60, TimeUnit.SECONDS);
    }
  }

  @Test
  void whoIsSentMessagesAllTheTimeStaysConnected() throws Exception {
    try (var gateway = start("protocol: { max_keep_alive: 1 }");
        MqttLink link = MqttClients.of(gateway, SOON).join("test")) {
      var watching =
          CompletableFuture.supplyAsync(() -> run(gateway, "sub", "-C", "15", "-W", "30s", "a"));
      while (!watching.isDone()) {
        publish(link, "a", "x", false, Properties.EMPTY);
        assertThat(link.take(Duration.ofMillis(200))).isEmpty();
      }
      var outcome = watching.get(60, TimeUnit.SECONDS);
      assertThat(outcome.err()).isEmpty();
      assertThat(outcome.exit()).isZero();
      assertThat(outcome.out().lines()).hasSize(15);
    }
  }

  @Test
  void waitingEndsAlsoWhileTheBrokerIsGone() throws Exception {
    CompletableFuture<CommandLine.Outcome> watching;
    try (var gateway = start("");
        MqttLink link = MqttClients.of(gateway, SOON).join("test")) {
      watching =
          CompletableFuture.supplyAsync(() -> run(gateway, "sub", "-C", "9", "-W", "4s", "a"));
      ReasonCode heard = ReasonCode.NO_MATCHING_SUBSCRIBERS;
      for (int id = 1; heard != ReasonCode.SUCCESS; id++) {
        byte[] topic = {'a'};
        link.send(new Packet.Publish(topic, topic, 1, false, false, id, Properties.EMPTY));
        heard = ((Packet.Ack) link.take(SOON).orElseThrow()).reason();
      }
    }
    assertThat(watching.get(60, TimeUnit.SECONDS).exit()).isEqualTo(75);
  }

  @Test
  void eachVersionIsTheOneThatWasSaid() throws Exception {
    try (var gateway = start("protocol: { versions: [\"3.1\"] }")) {
      assertThat(run(gateway, "pub", "--protocol", "3.1", "a", "x").exit()).isZero();
      assertThat(run(gateway, "pub", "--protocol", "3.1.1", "a", "x").exit()).isEqualTo(76);
      assertThat(run(gateway, "pub", "--protocol", "3", "a", "x").exit()).isEqualTo(64);
    }
  }

  @Test
  void whatIsNoTopicOrFilterIsAMistakeOfTheCaller() throws Exception {
    try (var gateway = start("")) {
      for (String topic : List.of("", "a/#", "+")) {
        assertThat(run(gateway, "pub", topic, "x").exit()).as(topic).isEqualTo(64);
        assertThat(run(gateway, "rr", topic, "x").exit()).as(topic).isEqualTo(64);
      }
      for (String filter : List.of("", "a#", "#/a", "$share//a")) {
        assertThat(run(gateway, "sub", "-E", filter).exit()).as(filter).isEqualTo(64);
      }
    }
  }

  @Test
  void aSubscriptionThatIsRefusedIsNotWaitedFor() throws Exception {
    try (var gateway = start("acl: { default: deny }")) {
      assertThat(run(gateway, "rr", "a", "x").exit()).isEqualTo(77);
      assertThat(run(gateway, "bench", "--clients", "1", "-d", "1s").exit()).isEqualTo(77);
      assertThat(run(gateway, "sub", "a").exit()).isEqualTo(77);
    }
  }

  @Test
  void benchKeepsToWhatTheBrokerTakes() throws Exception {
    try (var gateway = start("protocol: { receive_maximum: 2 }, limits: { publish_rate: off }")) {
      var outcome =
          run(
              gateway,
              "bench",
              "--clients",
              "2",
              "--rate",
              "20000",
              "--qos",
              "2",
              "-d",
              "1s",
              "--json");
      assertThat(outcome.exit()).as(outcome.out()).isZero();
      assertThat(outcome.out()).contains("\"lost\": 0,").doesNotContain("\"sent\": 0,");
    }
  }

  @Test
  void anAccountMayStandInTheUrl() throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    Files.writeString(dir.resolve("mqtt.users"), "ann:" + Pem.passwordHash("p@ss") + "\n");
    String yaml =
        LISTENER
            + "\nmqtt: { anonymous: false, auth: [ { type: file, path: mqtt.users } ],"
            + " acl: { default: allow } }\n";
    try (var gateway = GatewayFixture.start(dir, yaml)) {
      String[] words = {
        "mqtt", "pub", "--url", "mqtt://ann:p%40ss@127.0.0.1:" + gateway.port("mqtt"), "a", "x"
      };
      assertThat(CommandLine.run(gateway.dir(), words).exit()).isZero();
      words[3] = words[3].replace("%40", "%41");
      assertThat(CommandLine.run(gateway.dir(), words).exit()).isEqualTo(77);
    }
  }
}
