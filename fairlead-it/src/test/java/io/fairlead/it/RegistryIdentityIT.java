package io.fairlead.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A registry's entry is a key; the command line proves it, until the entry is revoked. */
class RegistryIdentityIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int NOT_ALLOWED = 77;

  /** A gateway that knows the clients of a file, and the key of one of them. */
  private record World(GatewayFixture gateway, Path dir, String peerId) implements AutoCloseable {
    static World start() throws Exception {
      Path dir = Files.createTempDirectory("fairlead-it");
      String peerId = CommandLine.run(dir, "relay", "key", "new", "node.key").out().strip();
      Files.writeString(dir.resolve("nodes.json"), listed(peerId, "active"));
      GatewayFixture gateway = GatewayFixture.start(dir, CONFIG);
      // Logins before the list is read would count as failed ones, and too many of those are held
      // off for a while.
      await()
          .atMost(SOON)
          .until(() -> gateway.gateway().registry().sources().get("nodes").lastGood().isPresent());
      return new World(gateway, dir, peerId);
    }

    private static String listed(String peerId, String status) {
      return "[{\"public_key\": \"%s\", \"roles\": [\"client\"], \"status\": \"%s\"}]"
          .formatted(peerId, status);
    }

    void revoke() throws IOException {
      GatewayFixture.replace(dir.resolve("nodes.json"), listed(peerId, "revoked"));
    }

    CommandLine.Outcome mqtt(String command, String... words) {
      Stream<String> proof =
          Stream.of(
              "mqtt",
              command,
              "--url",
              "mqtt://127.0.0.1:" + gateway.port("mqtt"),
              "--identity",
              "node.key",
              "--aud",
              "gw");
      return CommandLine.run(
          dir, Stream.concat(proof, Arrays.stream(words)).toArray(String[]::new));
    }

    String token(String... more) {
      Stream<String> words =
          Stream.of("registry", "token", "--identity", "node.key", "--aud", "gw", "--ttl", "1h");
      return done(
          CommandLine.run(dir, Stream.concat(words, Arrays.stream(more)).toArray(String[]::new)));
    }

    Packet.ConnAck joined(MqttLink link) throws IOException {
      return (Packet.ConnAck) link.take(SOON).orElseThrow();
    }

    /** A client with the token as its password, its peer id as its name. */
    MqttLink link(String id, String token) throws IOException {
      return MqttLink.open(
          new InetSocketAddress("127.0.0.1", gateway.port("mqtt")),
          Optional.empty(),
          Optional.empty(),
          new Packet.Connect(
              MqttVersion.V5,
              true,
              60,
              id,
              Optional.empty(),
              Optional.of(peerId),
              token.getBytes(UTF_8),
              Properties.EMPTY),
          SOON);
    }

    /**
     * What the proxy says to a tunnel to the gateway's own service that gives back what it gets.
     */
    String tunnel(String authorization) throws IOException {
      String to = "127.0.0.1:" + gateway.port("echo");
      try (RawClient client = gateway.client("proxy")) {
        client.send(
            "CONNECT %1$s HTTP/1.1\r\nHost: %1$s\r\nProxy-Authorization: %2$s\r\n\r\n"
                .formatted(to, authorization));
        String head = client.readUntil("\r\n\r\n");
        return head.substring("HTTP/1.1 ".length(), "HTTP/1.1 200".length());
      }
    }

    @Override
    public void close() {
      gateway.close();
    }
  }

  private static String done(CommandLine.Outcome outcome) {
    assertThat(outcome.exit()).as(outcome.out() + outcome.err()).isZero();
    return outcome.out().strip();
  }

  private static String basic(String user, String password) {
    return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8));
  }

  @Test
  void everyClientCommandProvesTheKeyOfAnEntry() throws Exception {
    try (World world = World.start()) {
      await().atMost(SOON).until(() -> world.mqtt("pub", "a", "b").exit() == 0);
      done(world.mqtt("pub", "--qos", "1", "--retain", "kept", "on"));
      assertThat(done(world.mqtt("sub", "-C", "1", "-W", "20s", "kept"))).contains("on");
      assertThat(done(asked(world))).isEqualTo("5");
      assertThat(done(world.mqtt("bench", "--clients", "2", "--rate", "50", "-d", "1s")))
          .contains("lost  0");

      world.revoke();
      await()
          .atMost(SOON)
          .untilAsserted(
              () -> assertThat(world.mqtt("pub", "a", "b").exit()).isEqualTo(NOT_ALLOWED));
      for (CommandLine.Outcome refused :
          List.of(
              world.mqtt("sub", "-C", "1", "-W", "20s", "kept"),
              world.mqtt("rr", "-W", "20s", "ask", "2+3"),
              world.mqtt("bench", "--clients", "1", "--rate", "1", "-d", "1s"))) {
        assertThat(refused.exit()).as(refused.out() + refused.err()).isEqualTo(NOT_ALLOWED);
      }
    }
  }

  /** A question by {@code mqtt rr}, and a client that answers it. */
  private static CommandLine.Outcome asked(World world) throws Exception {
    try (MqttLink service = world.link("service", world.token())) {
      assertThat(world.joined(service).reason()).isEqualTo(ReasonCode.SUCCESS);
      service.send(new Packet.Subscribe(1, List.of(new Packet.Wish("ask", 0)), Properties.EMPTY));
      assertThat(service.take(SOON)).containsInstanceOf(Packet.SubAck.class);
      var asking = CompletableFuture.supplyAsync(() -> world.mqtt("rr", "ask", "2+3"));
      Packet.Publish question = (Packet.Publish) service.take(SOON).orElseThrow();
      byte[] where =
          question.properties().text(PropertyId.RESPONSE_TOPIC).orElseThrow().getBytes(UTF_8);
      byte[] tag = question.properties().bytes(PropertyId.CORRELATION_DATA).orElseThrow();
      Properties whose = Properties.of().with(PropertyId.CORRELATION_DATA, tag).build();
      service.send(new Packet.Publish(where, "5".getBytes(UTF_8), 0, false, false, 0, whose));
      return asking.get(60, TimeUnit.SECONDS);
    }
  }

  @Test
  void aTokenIsThePasswordOfProxyAndBroker() throws Exception {
    try (World world = World.start()) {
      String token = world.token();
      await().atMost(SOON).until(() -> world.tunnel("Bearer " + token).equals("200"));
      assertThat(world.tunnel(basic(world.peerId(), token))).isEqualTo("200");
      assertThat(world.tunnel(basic("", token))).isEqualTo("200");
      assertThat(world.tunnel(basic(world.peerId(), world.token("--short")))).isEqualTo("200");
      assertThat(world.tunnel(basic("somebody", token))).isEqualTo("407");
      assertThat(world.tunnel("Bearer " + token + "x")).isEqualTo("407");
      try (MqttLink link = world.link("a", token)) {
        assertThat(world.joined(link).reason()).isEqualTo(ReasonCode.SUCCESS);
        world.revoke();
        assertThat(link.take(SOON))
            .contains(new Packet.Disconnect(ReasonCode.ADMINISTRATIVE_ACTION, Properties.EMPTY));
      }
      // Known and no longer let in is another answer than not known.
      assertThat(world.tunnel("Bearer " + token)).isEqualTo("403");
      try (MqttLink link = world.link("a", token)) {
        assertThat(world.joined(link).reason()).isEqualTo(ReasonCode.NOT_AUTHORIZED);
      }
    }
  }

  /** Two entries with that key. */
  private static String twice(String peerId, String first) {
    String entry =
        "{\"id\": \"0x%s\", \"public_key\": \"%s\", \"roles\": [\"client\"], \"status\": \"%s\"}";
    return "["
        + entry.formatted("11".repeat(32), peerId, first)
        + ","
        + entry.formatted("22".repeat(32), peerId, "active")
        + "]";
  }

  @Test
  void whenTheFirstOfTwoEntriesWithOneKeyLeavesTheNextLoginIsTheOthers() throws Exception {
    try (World world = World.start()) {
      Path list = world.dir().resolve("nodes.json");
      GatewayFixture.replace(list, twice(world.peerId(), "active"));
      await()
          .atMost(SOON)
          .until(
              () ->
                  world.gateway().gateway().registry().targets().stream()
                      .flatMap(target -> target.warnings().stream())
                      .anyMatch(line -> line.contains("DUPLICATE_KEY: 0x22")));
      String token = world.token();
      try (MqttLink link = world.link("a", token)) {
        assertThat(world.joined(link).reason()).isEqualTo(ReasonCode.SUCCESS);
        GatewayFixture.replace(list, twice(world.peerId(), "revoked"));
        assertThat(link.take(SOON))
            .contains(new Packet.Disconnect(ReasonCode.ADMINISTRATIVE_ACTION, Properties.EMPTY));
      }
      try (MqttLink link = world.link("a", token)) {
        assertThat(world.joined(link).reason()).isEqualTo(ReasonCode.SUCCESS);
      }
      assertThat(world.tunnel("Bearer " + token)).isEqualTo("200");
    }
  }

  private static final String CONFIG =
      """
      # quick
      name: gw
      registry:
        interval: 1s
        sources: [ { name: nodes, type: file, path: "@DIR@/nodes.json" } ]
      listeners:
        proxy: { bind: "127.0.0.1:0", proto: mixed, service: egress }
        mqtt: { bind: "127.0.0.1:0", proto: mqtt }
        echo: { bind: "127.0.0.1:0", proto: echo }
      forward:
        egress:
          auth: { registry: nodes }
          destinations: { private: allow, connect_ports: all, allow: [ "127.0.0.1" ] }
      mqtt:
        anonymous: false
        auth: [ { type: registry, source: nodes } ]
        acl: { default: allow }
      """;
}
