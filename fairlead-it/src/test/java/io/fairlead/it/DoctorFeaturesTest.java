package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.time.Clock;
import io.fairlead.registry.evm.emulator.ChainEmulator;
import io.fairlead.registry.evm.emulator.EmulatorServer;
import io.fairlead.testkit.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What {@code fairlead doctor} says of brokers, tunnels, relays and chains. */
@Timeout(120)
class DoctorFeaturesTest {
  private static final JsonMapper JSON = JsonMapper.shared();

  @TempDir Path dir;

  @Test
  void aBrokerThatRunsIsSentMessagesAndOneThatWantsAccountsIsToldSo() throws Exception {
    String open = "mqtt: { persistence: { durability: memory } }\n";
    String listener = "listeners: { mqtt: { bind: \"127.0.0.1:0\", proto: mqtt } }\n";
    try (GatewayFixture gateway = GatewayFixture.start(listener + open)) {
      Map<String, String> found = examine(gateway.configFile());
      assertThat(found.get("broker")).startsWith("ok ").contains("QoS 0, 1 and 2 came back");
      assertThat(found.get("control")).contains("a gateway answers");
    }
    Path users = Files.writeString(dir.resolve("users"), "ann:" + Pem.passwordHash("x") + "\n");
    String closed =
        "mqtt: { auth: [ { type: file, path: \"%s\" } ], persistence: { durability: memory } }\n"
            .formatted(users);
    try (GatewayFixture gateway = GatewayFixture.start(listener + closed)) {
      assertThat(examine(gateway.configFile()).get("broker"))
          .startsWith("ok ")
          .contains("wants an account");
    }
  }

  @Test
  void aStoreThatCannotBeWrittenToIsAFailure() throws Exception {
    Files.writeString(dir.resolve("taken"), "a file where a folder is needed");
    String yaml =
        """
        listeners: { mqtt: { bind: "127.0.0.1:0", proto: mqtt } }
        mqtt: { persistence: { dir: "%s", min_free: %s } }
        """;
    Map<String, String> found = examine(write(yaml.formatted("taken", "1MiB")));
    assertThat(found.get("broker.store")).startsWith("fail ").contains("cannot be written to");
    assertThat(found).doesNotContainKey("broker"); // nobody runs
    found = examine(write(yaml.formatted("fresh", "1000000GiB")));
    assertThat(found.get("broker.store")).startsWith("ok ").contains("will be made");
    assertThat(found.get("broker.room")).startsWith("warn ").contains("takes no message");
  }

  @Test
  void nodesOfAChainAreAskedWhatTheyServeAndHowOldTheirNewestBlockIs() throws Exception {
    int nobody = FreePorts.one();
    try (EmulatorServer node = EmulatorServer.start(new ChainEmulator(Clock.system()))) {
      Map<String, String> found = examine(write(chain(31_337, node.url(), nobody)));
      assertThat(found.get("chain.main.node")).startsWith("ok ").contains("chain 31337, block");
      assertThat(found.get("chain.main.away")).startsWith("warn ").contains("no answer");
      assertThat(found.get("clock")).startsWith("ok ");
      found = examine(write(chain(1, node.url(), nobody)));
      assertThat(found.get("chain.main.node"))
          .startsWith("fail ")
          .contains("it serves chain 31337, not 1");
    }
  }

  @Test
  void blocksOfThePastAndOfTheFutureAreTold() throws Exception {
    for (Duration off : new Duration[] {Duration.ofHours(-1), Duration.ofMinutes(5)}) {
      Clock clock = beside(off);
      try (EmulatorServer node = EmulatorServer.start(new ChainEmulator(clock))) {
        Map<String, String> found = examine(write(chain(31_337, node.url(), FreePorts.one())));
        if (off.isNegative()) {
          assertThat(found.get("chain.main.node")).startsWith("warn ").contains("s old");
          assertThat(found.get("clock")).startsWith("ok ");
        } else {
          assertThat(found.get("clock")).startsWith("warn ").contains("after what is now here");
        }
      }
    }
  }

  @Test
  void aTunnelServersPortAndAgentsAreLookedAt() throws Exception {
    try (TunnelLab lab = TunnelLab.start("tcp_ports: " + TunnelLab.freePorts(2), "")) {
      String token = lab.token("box", "");
      String away = lab.token("gone", "");
      GatewayFixture.replace(
          lab.server().configFile(),
          Files.readString(lab.server().configFile())
              .replace(
                  "agents: []",
                  "agents: [ { name: box, token: !secret \"%s\" }, { name: gone, token: !secret \"%s\" } ]"
                      .formatted(token, away)));
      var reload = lab.server().api().post("/v1/reload");
      assertThat(reload.status()).as(reload.text()).isEqualTo(200);
      GatewayFixture agent =
          lab.agentWith(
              "token: !secret \"" + token + "\"",
              "name: a, type: tcp, destination: \"127.0.0.1:1\"");
      await()
          .atMost(Duration.ofSeconds(40))
          .untilAsserted(
              () -> {
                Map<String, String> found = examine(lab.server().configFile());
                assertThat(found.get("tunnel.agent.box")).startsWith("ok ").contains("round trip");
                assertThat(found.get("tunnel.agent.gone")).startsWith("warn ");
              });
      Map<String, String> found = examine(agent.configFile());
      assertThat(found.get("tunnel.carrier")).startsWith("ok ").contains("connected to");
      assertThat(found.get("tunnel.server")).startsWith("ok ").contains("is up");
    }
    try (ServerSocket taken = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Map<String, String> found =
          examine(
              write(
                  """
                  certs: { local: { internal: true, hosts: [localhost] } }
                  tunnels:
                    server: { listen: "127.0.0.1:%d", tls: { cert: local }, agents: [] }
                    agent:
                      name: box
                      servers: ["127.0.0.1:%d"]
                      identity: { file: identity.key }
                      services: []
                  """
                      .formatted(taken.getLocalPort(), FreePorts.one())));
      assertThat(found.get("port.tunnels")).startsWith("fail ").contains("held by");
      assertThat(found.get("tunnel.server")).startsWith("warn ");
    }
  }

  @Test
  void howANodeIsReachedIsTold() throws Exception {
    int port = FreePorts.one();
    String relay =
        """
        relay:
          listen: ["/ip4/127.0.0.1/tcp/%d"]
          reachability: { mode: %s }
        """;
    try (GatewayFixture gateway = GatewayFixture.start(relay.formatted(port, "private"))) {
      Map<String, String> found = examine(gateway.configFile());
      assertThat(found.get("port.relay")).startsWith("ok ").contains("held by the running gateway");
      assertThat(found.get("nat")).startsWith("warn ").contains("behind NAT");
    }
    try (GatewayFixture gateway = GatewayFixture.start(relay.formatted(port, "public"))) {
      assertThat(examine(gateway.configFile()).get("nat")).startsWith("ok ").contains("directly");
    }
    String peer = "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA";
    Map<String, String> found =
        examine(
            write(
                relay.formatted(port, "private")
                    + "  auto: { static: [\"/ip4/127.0.0.1/tcp/%d/p2p/%s\"] }\n"
                        .formatted(FreePorts.one(), peer)));
    assertThat(found.get("port.relay")).startsWith("ok ").contains("is free");
    assertThat(found.get("relay.server")).startsWith("warn ");
  }

  /** A clock that is wrong by so much. */
  private static Clock beside(Duration off) {
    return new Clock() {
      @Override
      public long nanos() {
        return Clock.system().nanos();
      }

      @Override
      public Instant wall() {
        return Clock.system().wall().plus(off);
      }
    };
  }

  private static String chain(long id, String url, int nobody) {
    return """
    pubsub:
      chains:
        main:
          chain_id: %d
          endpoints:
            - { alias: node, url: "%s" }
            - { alias: away, url: "ws://127.0.0.1:%d" }
    """
        .formatted(id, url, nobody);
  }

  /** Level and message of each finding. */
  private Map<String, String> examine(Path file) throws IOException {
    CommandLine.Outcome outcome = CommandLine.run(dir, "doctor", "--json", "-c", file.toString());
    Map<String, String> found = new TreeMap<>();
    JsonNode report = JSON.readTree(outcome.out());
    for (JsonNode each : report.get("findings")) {
      found.put(
          each.get("check").stringValue(),
          each.get("level").stringValue() + " " + each.get("message").stringValue());
    }
    assertThat(found).as("%s%s", outcome.out(), outcome.err()).containsKey("java");
    return found;
  }

  private Path write(String yaml) throws IOException {
    return Files.writeString(
        dir.resolve("fairlead.yaml"),
        "version: 1\ncontrol: { listen: off, socket: run/none.sock }\n" + yaml);
  }
}
