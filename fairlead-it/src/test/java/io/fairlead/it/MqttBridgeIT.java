package io.fairlead.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.app.convert.ConfigConversion;
import io.fairlead.app.convert.ConfigConversion.Format;
import io.fairlead.app.convert.Includes;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Bridges to Mosquitto and to brokers of our own. */
class MqttBridgeIT {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration SOON = Duration.ofSeconds(60);

  private Proc mosquitto;
  private int theirs;

  @BeforeEach
  void start() throws Exception {
    Path program = Peers.require("mosquitto");
    theirs = NginxOrigin.freePort();
    // Mosquitto run by root reads its files as another user.
    Path dir =
        Files.createTempDirectory(
            "fairlead-it",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    Path file = dir.resolve("mosquitto.conf");
    Files.writeString(
        file,
        """
        listener %d 127.0.0.1
        allow_anonymous true
        max_queued_messages 0
        """
            .formatted(theirs));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    mosquitto = Proc.start(program.toString(), "-c", file.toString());
    mosquitto.awaitPort(theirs, SOON);
  }

  @AfterEach
  void stop() {
    mosquitto.close();
  }

  @ParameterizedTest
  @CsvSource({"5.0, 1, 1500", "3.1.1, 2, 600"})
  void nothingIsLostWhileTheLineIsCutAndTheGatewayStartsAnew(String version, int qos, int count)
      throws Exception {
    cutAndRestart(version, qos, count);
  }

  @ParameterizedTest
  @Tag("nightly")
  @CsvSource({"3.1.1, 1, 6000", "5.0, 2, 2400"})
  void nothingIsLostInTheOtherVersionsEither(String version, int qos, int count) throws Exception {
    cutAndRestart(version, qos, count);
  }

  private void cutAndRestart(String version, int qos, int count) throws Exception {
    try (CutLine line = CutLine.to(theirs);
        var far = new BridgeTraffic.Counts(theirs, "far", "from/here/#", qos)) {
      String yaml =
          """
          listeners: { mqtt: { bind: "127.0.0.1:0", proto: mqtt } }
          mqtt:
            limits: { publish_rate: off }
            session: { queue: { online: 10000 } } # nobody reads before the end
            bridges:
              - name: there
                addresses: mqtt://127.0.0.1:%d
                version: "%s"
                backoff_min: 50ms
                backoff_max: 200ms
                topics:
                  - { filter: here/#, direction: out, qos: %d, remote_prefix: from/ }
                  - { filter: there/#, direction: in, qos: %d, local_prefix: from/ }
          """
              .formatted(line.port(), version, qos, qos);
      GatewayFixture first = GatewayFixture.start(yaml);
      awaitUp(first);
      var near = new BridgeTraffic.Counts(first.port("mqtt"), "near", "from/there/#", qos);
      try (AutoCloseable _ = cutting(line)) {
        both(first.port("mqtt"), qos, 0, count / 2);
      }
      Path dir = first.stopAndKeep();
      // What is published now waits at Mosquitto.
      BridgeTraffic.publish(theirs, "far-pub", "there/@", qos, count / 2, count / 2 + 50);
      try (var gateway = GatewayFixture.again(dir)) {
        int port = gateway.port("mqtt");
        near.again(port);
        try (AutoCloseable _ = cutting(line)) {
          BridgeTraffic.publish(port, "near-pub", "here/@", qos, count / 2, count / 2 + 50);
          both(port, qos, count / 2 + 50, count);
        }
        try {
          far.await(count);
          near.await(count);
        } catch (AssertionError missing) {
          throw new AssertionError(missing.getMessage() + "\n" + bridge(gateway), missing);
        }
        near.close();
        if (qos == 2) {
          assertThat(far.repeated()).isEmpty();
          assertThat(near.repeated()).isEmpty();
        }
        JsonNode report = bridge(gateway);
        assertThat(report.path("dropped").asLong()).isZero();
        assertThat(report.path("state").asString()).isEqualTo("up");
      }
    }
  }

  private void both(int port, int qos, int from, int to) throws Exception {
    CompletableFuture<Void> remote =
        CompletableFuture.runAsync(
            () -> {
              try {
                BridgeTraffic.publish(theirs, "far-pub", "there/@", qos, from, to);
              } catch (Exception failure) {
                throw new AssertionError(failure);
              }
            });
    BridgeTraffic.publish(port, "near-pub", "here/@", qos, from, to);
    remote.get(60, TimeUnit.SECONDS);
  }

  /** Cuts the line again and again until closed; then it is whole. */
  private static AutoCloseable cutting(CutLine line) {
    CountDownLatch end = new CountDownLatch(1);
    Thread cutter =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    int cuts = 0;
                    while (!end.await(150, TimeUnit.MILLISECONDS) || cuts < 2) {
                      line.cut();
                      cuts++;
                      var _ = end.await(60, TimeUnit.MILLISECONDS);
                      line.restore();
                    }
                  } catch (InterruptedException _) {
                    line.restore();
                  }
                });
    return () -> {
      end.countDown();
      cutter.join();
    };
  }

  @ParameterizedTest
  @CsvSource({"5.0", "3.1.1"})
  void bothWaysOnOneTopicNothingComesBack(String version) throws Exception {
    try (var gateway =
            GatewayFixture.start(
                bridged(theirs, version, "{ filter: t/#, direction: both, qos: 1 }"));
        MqttLink near = BridgeTraffic.join(gateway.port("mqtt"), "near");
        MqttLink far = BridgeTraffic.join(theirs, "far")) {
      awaitUp(gateway);
      subscribe(near, "t/#");
      subscribe(far, "t/#");
      publish(near, "t/near", "1");
      publish(far, "t/far", "2");
      assertThat(heard(near)).containsExactlyInAnyOrder("t/near 1", "t/far 2");
      assertThat(heard(far)).containsExactlyInAnyOrder("t/near 1", "t/far 2");
    }
  }

  @Test
  void aBridgeOfAMosquittoConfIsTheSameBridgeConverted() throws Exception {
    String theirFile =
        """
        listener 0 unused.sock
        connection there
        address 127.0.0.1:%d
        topic up/# out 1 here/ far/
        topic down/# in 1 here/ far/
        topic "" out 1 here/one far/one
        topic kept/# both 2
        bridge_outgoing_retain false
        bridge_protocol_version mqttv50
        remote_clientid converted
        remote_username ann
        remote_password p$w${x}
        restart_timeout 1 2
        """
            .formatted(theirs);
    String ours =
        ConfigConversion.convert(
                Format.MOSQUITTO,
                new ConfigSource("mosquitto.conf", theirFile, Path.of(".")),
                new Includes.Never())
            .yaml()
            .replaceFirst("(?m)^version: 1\n", "")
            .replace("unix:unused.sock", "127.0.0.1:0")
            .replace("mqtt_0:", "mqtt:")
            .replace("anonymous: false", "anonymous: loopback");
    try (var gateway = GatewayFixture.start(ours);
        MqttLink near = BridgeTraffic.join(gateway.port("mqtt"), "near");
        MqttLink far = BridgeTraffic.join(theirs, "far")) {
      awaitUp(gateway);
      for (MqttLink each : List.of(near, far)) subscribe(each, "#");
      publish(near, "here/up/1", "a");
      publish(near, "here/one", "b");
      publish(near, "here/down/1", "stays");
      publish(far, "far/down/2", "c");
      publish(far, "far/up/2", "stays");
      near.send(
          new Packet.Publish(
              "kept/k".getBytes(UTF_8),
              "d".getBytes(UTF_8),
              1,
              true,
              false,
              near.nextId(),
              Properties.EMPTY));
      assertThat(heard(far))
          .containsExactlyInAnyOrder(
              "far/up/1 a", "far/one b", "far/down/2 c", "far/up/2 stays", "kept/k d");
      assertThat(heard(near))
          .containsExactlyInAnyOrder(
              "here/up/1 a", "here/one b", "here/down/1 stays", "here/down/2 c", "kept/k d");
      try (MqttLink later = BridgeTraffic.join(theirs, "later")) {
        subscribe(later, "kept/#"); // it was not to be retained there
        assertThat(later.take(Duration.ofMillis(500))).isEmpty();
      }
    }
  }

  @Test
  void aRingOfBridgesEndsWhereItBegan() throws Exception {
    String ring = "{ filter: r/#, direction: out, qos: 1 }";
    int first = NginxOrigin.freePort();
    try (var third = GatewayFixture.start(bridged(first, "5.0", ring));
        var second = GatewayFixture.start(bridged(third.port("mqtt"), "5.0", ring));
        var gateway =
            GatewayFixture.start(
                bridged(second.port("mqtt"), "5.0", ring)
                    .replace("127.0.0.1:0\", proto", "127.0.0.1:" + first + "\", proto"))) {
      for (GatewayFixture each : List.of(gateway, second, third)) awaitUp(each);
      try (MqttLink end = BridgeTraffic.join(third.port("mqtt"), "end");
          MqttLink begin = BridgeTraffic.join(first, "begin")) {
        subscribe(begin, "r/#");
        subscribe(end, "r/#");
        publish(begin, "r/x", "once");
        assertThat(heard(end)).containsExactly("r/x once");
        // It came back to the first broker, was delivered there once more, and left no more.
        List<String> back = heard(begin);
        assertThat(back).contains("r/x once");
        assertThat(back.size()).isLessThanOrEqualTo(2);
        await().atMost(SOON).until(() -> bridge(gateway).path("dropped").asLong() >= 1);
        assertThat(bridge(gateway).path("sent").asLong()).isEqualTo(1);
      }
    }
  }

  @Test
  void retainedMessagesAndTheStateTopicAndPropertiesCross() throws Exception {
    try (var gateway =
            GatewayFixture.start(
                """
                listeners: { mqtt: { bind: "127.0.0.1:0", proto: mqtt } }
                """);
        MqttLink near = BridgeTraffic.join(gateway.port("mqtt"), "near")) {
      near.send(
          new Packet.Publish(
              "kept/a".getBytes(UTF_8),
              "v".getBytes(UTF_8),
              1,
              true,
              false,
              near.nextId(),
              Properties.of().user("unit", "C").build()));
      assertThat(near.take(SOON)).isPresent();
      GatewayFixture.replace(
          gateway.configFile(),
          GatewayFixture.whole(
              gateway.dir(), bridged(theirs, "5.0", "{ filter: kept/#, direction: out, qos: 1 }")));
      assertThat(gateway.api().post("/v1/reload").status()).isEqualTo(200);
      awaitUp(gateway);
      try (MqttLink far = BridgeTraffic.join(theirs, "far")) {
        await()
            .atMost(SOON)
            .until(
                () ->
                    bridge(gateway).path("sent").asLong() > 0
                        && bridge(gateway).path("inflight").asLong() == 0);
        subscribe(far, "kept/#");
        Packet.Publish kept = (Packet.Publish) far.take(SOON).orElseThrow();
        assertThat(kept.retain()).isTrue();
        assertThat(kept.properties().user()).contains(new Properties.UserProperty("unit", "C"));
      }
      subscribe(near, "$SYS/broker/connection/+/state");
      Packet.Publish state = (Packet.Publish) near.take(SOON).orElseThrow();
      assertThat(new String(state.topic(), UTF_8)).isEqualTo("$SYS/broker/connection/there/state");
      assertThat(new String(state.payload(), UTF_8)).isEqualTo("1");
      mosquitto.close();
      Packet.Publish gone = (Packet.Publish) near.take(SOON).orElseThrow();
      assertThat(new String(gone.payload(), UTF_8)).isEqualTo("0");
      assertThat(gateway.api().get("/v1/mqtt/bridges").text())
          .contains("\"name\":\"there\"")
          .contains("\"trouble\":\"mqtt://127.0.0.1:" + theirs);
    }
  }

  @Test
  void aBridgeThatDidNotChangeStaysUpAndOneThatGoesTakesItsQueueAlong() throws Exception {
    String one = bridged(theirs, "5.0", "{ filter: a/#, direction: out, qos: 1 }");
    try (var gateway = GatewayFixture.start(one)) {
      awaitUp(gateway);
      var since = bridge(gateway).path("since");
      String two =
          one
              + """
                  - name: other
                    addresses: mqtt://127.0.0.1:%d
                    backoff_min: 50ms
                    topics: [ { filter: b/# } ]
              """
                  .formatted(NginxOrigin.freePort());
      reload(gateway, two);
      assertThat(bridges(gateway).size()).isEqualTo(2);
      assertThat(bridge(gateway).path("since")).isEqualTo(since);
      try (MqttLink near = BridgeTraffic.join(gateway.port("mqtt"), "near")) {
        await()
            .atMost(SOON)
            .until(() -> gateway.api().get("/v1/mqtt/subscriptions").text().contains("b/#"));
        publish(near, "b/1", "waits");
        await()
            .atMost(SOON)
            .until(() -> gateway.api().get("/v1/mqtt/bridges").text().contains("\"queued\":1"));
      }
      reload(gateway, one);
      await()
          .atMost(SOON)
          .until(
              () ->
                  !gateway.api().get("/v1/mqtt/clients").text().contains("$fairlead/bridge/other"));
      assertThat(bridge(gateway).path("since")).isEqualTo(since);
    }
  }

  @Test
  void aBridgeThatActsForAUserMayWhatTheUserMay() throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    String list =
        """
        topic readwrite #
        user partner
        topic read shown/#
        topic deny shown/secret
        topic write given/#
        """;
    Files.writeString(dir.resolve("acl"), list);
    String both =
        """
        { filter: shown/+, direction: out, qos: 1 }, { filter: hidden/#, direction: out, qos: 1 },
        { filter: given/#, direction: in, qos: 1 }, { filter: forced/#, direction: in, qos: 1 }\
        """
            .replace("\n", " ");
    String yaml =
        bridged(theirs, "5.0", both).replace("version:", "local_user: partner\n      version:")
            + "  acl: { file: \"@DIR@/acl\", wildcard_subscribe: filter }\n";
    try (var gateway = GatewayFixture.start(dir, yaml);
        MqttLink near = BridgeTraffic.join(gateway.port("mqtt"), "near");
        MqttLink far = BridgeTraffic.join(theirs, "far")) {
      awaitUp(gateway);
      await()
          .atMost(SOON)
          .until(() -> bridge(gateway).path("trouble").asString().contains("not_authorized"));
      subscribe(far, "shown/#");
      subscribe(far, "hidden/#");
      subscribe(near, "given/#");
      subscribe(near, "forced/#");
      for (String topic : List.of("hidden/a", "shown/secret", "shown/a")) publish(near, topic, "x");
      assertThat(next(far)).isEqualTo("shown/a x"); // in order: nothing before it crossed
      for (String topic : List.of("forced/a", "given/a")) publish(far, topic, "y");
      assertThat(next(near)).isEqualTo("given/a y");
      // It loses what it reads while it is up.
      GatewayFixture.replace(dir.resolve("acl"), list.replace("read shown/#", "read other/#"));
      assertThat(gateway.api().post("/v1/reload").status()).isEqualTo(200);
      await()
          .atMost(SOON)
          .until(
              () ->
                  bridge(gateway).path("state").asString().equals("up")
                      && !gateway.api().get("/v1/mqtt/subscriptions").text().contains("shown/+"));
      long sent = bridge(gateway).path("sent").asLong();
      publish(near, "shown/a", "z");
      assertThat(near.take(SOON).orElseThrow().type()).isEqualTo(PacketType.PUBACK);
      publish(far, "shown/end", "");
      assertThat(next(far)).isEqualTo("shown/end ");
      assertThat(bridge(gateway).path("sent").asLong()).isEqualTo(sent);
    }
  }

  /** The next message, acknowledged. */
  private static String next(MqttLink link) throws Exception {
    while (true) {
      if (!(link.take(SOON).orElseThrow() instanceof Packet.Publish publish)) continue;
      link.send(new Packet.Ack(PacketType.PUBACK, publish.packetId(), ReasonCode.SUCCESS));
      return new String(publish.topic(), UTF_8) + " " + new String(publish.payload(), UTF_8);
    }
  }

  @Test
  void nobodyElseMayHaveTheIdOfABridge() throws Exception {
    try (var gateway =
        GatewayFixture.start("listeners: { mqtt: { bind: \"127.0.0.1:0\", proto: mqtt } }")) {
      try (MqttLink link =
          MqttLink.open(
              new java.net.InetSocketAddress("127.0.0.1", gateway.port("mqtt")),
              false,
              new Packet.Connect(
                  io.fairlead.mqtt.codec.MqttVersion.V5,
                  true,
                  0,
                  "$fairlead/bridge/there",
                  java.util.Optional.empty(),
                  java.util.Optional.empty(),
                  null,
                  Properties.EMPTY),
              SOON)) {
        Packet.ConnAck answer = (Packet.ConnAck) link.take(SOON).orElseThrow();
        assertThat(answer.reason()).isEqualTo(ReasonCode.CLIENT_ID_NOT_VALID);
      }
    }
  }

  private static String bridged(int port, String version, String topic) {
    return """
    listeners: { mqtt: { bind: "127.0.0.1:0", proto: mqtt } }
    mqtt:
      bridges:
        - name: there
          addresses: mqtt://127.0.0.1:%d
          version: "%s"
          backoff_min: 50ms
          backoff_max: 200ms
          topics: [ %s ]
    """
        .formatted(port, version, topic);
  }

  private static void reload(GatewayFixture gateway, String yaml) throws Exception {
    GatewayFixture.replace(gateway.configFile(), GatewayFixture.whole(gateway.dir(), yaml));
    assertThat(gateway.api().post("/v1/reload").status()).isEqualTo(200);
  }

  private static JsonNode bridge(GatewayFixture gateway) throws IOException {
    return bridges(gateway).get(0);
  }

  private static JsonNode bridges(GatewayFixture gateway) throws IOException {
    return JSON.readTree(gateway.api().get("/v1/mqtt/bridges").text()).path("bridges");
  }

  private static void awaitUp(GatewayFixture gateway) {
    await()
        .atMost(SOON)
        .until(() -> bridge(gateway), report -> report.path("state").asString().equals("up"));
  }

  private static void subscribe(MqttLink link, String filter) throws Exception {
    link.send(
        new Packet.Subscribe(link.nextId(), List.of(new Packet.Wish(filter, 1)), Properties.EMPTY));
    assertThat(link.take(SOON).orElseThrow()).isInstanceOf(Packet.SubAck.class);
  }

  private static void publish(MqttLink link, String topic, String payload) throws Exception {
    link.send(
        new Packet.Publish(
            topic.getBytes(UTF_8),
            payload.getBytes(UTF_8),
            1,
            false,
            false,
            link.nextId(),
            Properties.EMPTY));
  }

  /** What comes until nothing more does. */
  private static List<String> heard(MqttLink link) throws Exception {
    List<String> all = new java.util.ArrayList<>();
    AtomicBoolean first = new AtomicBoolean(true);
    while (true) {
      var next = link.take(all.isEmpty() && first.get() ? SOON : Duration.ofSeconds(1));
      if (next.isEmpty()) return all;
      if (!(next.get() instanceof Packet.Publish publish)) continue;
      all.add(new String(publish.topic(), UTF_8) + " " + new String(publish.payload(), UTF_8));
      link.send(new Packet.Ack(PacketType.PUBACK, publish.packetId(), ReasonCode.SUCCESS));
    }
  }
}
