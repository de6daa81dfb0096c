package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.it.NatNetwork.Mapping;
import io.fairlead.relay.RelayNode;
import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Gateways and a peer of go-libp2p behind NATs of the kernel's: see {@link NatNetwork}. */
@Tag("nightly")
class RelayNatIT {
  private static final Duration WITHIN = Duration.ofSeconds(90);

  private final ArrayDeque<AutoCloseable> parts = new ArrayDeque<>();
  private final Path dir;
  private final Launched launched;

  RelayNatIT() throws IOException {
    dir = Files.createTempDirectory("fairlead-nat");
    launched = Launched.built(dir);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable part; (part = parts.poll()) != null; ) part.close();
  }

  @Test
  void aNodeBehindNatIsReachedThroughTheRelayItFoundAndDialsWhomItCan() throws Exception {
    NatNetwork network = network(Mapping.KEPT, Mapping.KEPT);
    String through = circuit(network);

    Proc go = go(network, "home", "dial", through, "ping", "limited");
    assertThat(go.awaitLine("ok limited", WITHIN)).startsWith("ok limited true");
    assertThat(go.stdout()).contains("ok ping");

    // A visitor with an open address: the node dials it through the NAT and leaves the relay.
    String visitor = peer("visitor");
    gateway(network, "visitor", open(NatNetwork.VISITOR_IP, ""));
    assertThat(ping("visitor", through)).contains("rtt_seconds");
    awaitConnection("node", visitor, NatNetwork.VISITOR_IP);
  }

  /** Both are behind NATs that keep ports: what the relay has seen of each is enough. */
  @Test
  void twoBehindNatsThatKeepPortsMeetWithoutTheRelay() throws Exception {
    NatNetwork network = network(Mapping.KEPT, Mapping.KEPT);
    String through = circuit(network);

    Proc go = go(network, "home", "dial", through, "limited", "direct", "ping");
    assertThat(go.awaitLine("ok limited", WITHIN)).startsWith("ok limited true");
    assertThat(go.awaitLine("ok direct", WITHIN))
        .startsWith("ok direct /ip4/" + NatNetwork.NAT_IP + "/tcp/4001");
    go.awaitLine("ok ping", WITHIN);
    assertThat(punches("node", "punched")).isEqualTo(1);
    go.close();

    String home = peer("home");
    gateway(network, "home", hidden(NatNetwork.HOME_IP, relayAddress()));
    assertThat(ping("home", through)).contains("rtt_seconds");
    awaitConnection("node", home, NatNetwork.HOME_NAT_IP);
    await().atMost(WITHIN).untilAsserted(() -> assertThat(punches("node", "punched")).isEqualTo(2));
  }

  /**
   * One of the NATs has a port of its own for each flow: nobody can guess it, the circuit stays.
   */
  @ParameterizedTest
  @CsvSource({"SYMMETRIC, KEPT", "KEPT, SYMMETRIC"})
  void whereANatDoesNotLetThemMeetTheCircuitStays(Mapping nodes, Mapping homes) throws Exception {
    NatNetwork network = network(nodes, homes);
    String through = circuit(network);

    Proc go = go(network, "home", "dial", through, "ping", "line", "limited", "ping");
    go.awaitLine("ok ping", WITHIN);
    await().atMost(WITHIN).untilAsserted(() -> assertThat(punches("node", "failed")).isEqualTo(1));
    go.stdin().write('\n');
    go.stdin().flush();
    assertThat(go.awaitLine("ok limited", WITHIN)).startsWith("ok limited true");
    assertThat(go.awaitExit(WITHIN)).as(go.stderr()).isZero();
    assertThat(punches("node", "punched")).isZero();
  }

  /**
   * Servers of go-libp2p dial us back: where the node is seen, where it is not, which has its
   * price, and in vain where a port is closed; and in vain the one behind NAT.
   */
  @Test
  void othersFindOutWhichOfOurAddressesCanBeDialled() throws Exception {
    NatNetwork network = network(Mapping.KEPT, Mapping.KEPT);
    network.addRelayAddress();
    network.close("relay", 4002);
    // Three answers for an address that is reached, two at least for another; one server is asked
    // once in two minutes.
    List<Proc> servers = new ArrayList<>();
    for (int port = 4001; port <= 4008; port++) {
      String at = "/ip4/" + NatNetwork.VISITOR_IP + "/tcp/" + port;
      servers.add(autonat(network, "visitor", at, "listen"));
    }
    String seen = "/ip4/" + NatNetwork.RELAY_IP + "/tcp/4001";
    String other = "/ip4/" + NatNetwork.RELAY_IP_TOO + "/tcp/4001";
    String closed = "/ip4/" + NatNetwork.RELAY_IP + "/tcp/4002";
    gateway(
        network,
        "relay",
        "relay: { listen: [\"%s\", \"%s\", \"%s\"] }\n".formatted(seen, other, closed));
    gateway(
        network,
        "node",
        "relay: { listen: [\"/ip4/%s/tcp/4001\"] }\n".formatted(NatNetwork.NODE_IP));
    for (Proc server : servers) {
      String address = server.awaitLine("listening", WITHIN).split(" ")[1];
      assertThat(ping("relay", address)).contains("rtt_seconds");
      assertThat(ping("node", address)).contains("rtt_seconds");
    }
    await().atMost(WITHIN).until(() -> report("node").contains("\"reachability\":\"private\""));
    await()
        .atMost(WITHIN)
        .untilAsserted(
            () ->
                assertThat(report("relay"))
                    .contains("\"reachability\":\"public\",\"last_probe\"")
                    .contains(verdict(seen, "public"))
                    .contains(verdict(other, "public"))
                    .contains(verdict(closed, "private")));
  }

  /** Ours dial a node of go-libp2p back: one that can be dialled, and one behind NAT. */
  @Test
  void othersLearnFromUsWhetherTheyCanBeDialled() throws Exception {
    NatNetwork network = network(Mapping.KEPT, Mapping.KEPT);
    String service = "relay:\n  listen: [\"/ip4/%s/tcp/4001\"]\n  reachability: { mode: public }\n";
    gateway(network, "relay", service.formatted(NatNetwork.RELAY_IP));
    gateway(network, "home", service.formatted(NatNetwork.HOME_IP));
    Proc hidden = autonat(network, "node", "/ip4/0.0.0.0/tcp/4001", "reach", relayAddress());
    String at = "/ip4/" + NatNetwork.VISITOR_IP + "/tcp/4001";
    Proc open = autonat(network, "visitor", at, "reach", relayAddress());
    String address = open.awaitLine("listening", WITHIN).split(" ")[1];
    // Two of the same mind are needed; go-libp2p asks each once in two minutes.
    assertThat(ping("home", address)).contains("rtt_seconds");
    assertThat(open.awaitLine("reachability Public", WITHIN)).isNotEmpty();
    assertThat(open.awaitLine("addresses reached [" + at + "]", WITHIN)).isNotEmpty();
    assertThat(hidden.awaitLine("reachability Private", WITHIN)).isNotEmpty();
    assertThat(answers("relay", "v1", "reached")).isPositive();
    assertThat(answers("relay", "v1", "missed")).isPositive();
    assertThat(answers("relay", "v2", "reached") + answers("home", "v2", "reached"))
        .isGreaterThanOrEqualTo(2);
  }

  // ---- the parts ----------------------------------------------------------------------------

  private NatNetwork network(Mapping nodes, Mapping homes) throws Exception {
    NatNetwork network = NatNetwork.laid(nodes, homes);
    parts.push(network);
    return network;
  }

  /** A relay, and a node behind NAT that found it; the node's address. */
  private String circuit(NatNetwork network) throws Exception {
    gateway(network, "relay", open(NatNetwork.RELAY_IP, "service: { mode: \"on\" }"));
    String node = peer("node");
    gateway(network, "node", hidden(NatNetwork.NODE_IP, relayAddress()));
    String circuit = relayAddress() + "/p2p-circuit";
    await().atMost(WITHIN).until(() -> report("node").contains("\"" + circuit + "\""));
    return circuit + "/p2p/" + node;
  }

  private String relayAddress() throws Exception {
    return "/ip4/" + NatNetwork.RELAY_IP + "/tcp/4001/p2p/" + peer("relay");
  }

  private static String open(String ip, String more) {
    return """
    relay:
      listen: ["/ip4/%s/tcp/4001"]
      reachability: { mode: public }
      %s
    """
        .formatted(ip, more);
  }

  private static String hidden(String ip, String relay) {
    return """
    relay:
      listen: ["/ip4/%s/tcp/4001"]
      reachability: { mode: private }
      auto: { static: ["%s"], num_relays: 1 }
    """
        .formatted(ip, relay);
  }

  private String peer(String name) throws Exception {
    Path state = Files.createDirectories(dir.resolve(name).resolve("state"));
    return RelayNode.identity(state.resolve("identity.key")).peerId().toString();
  }

  private void gateway(NatNetwork network, String name, String yaml) throws Exception {
    Path home = dir.resolve(name);
    Files.createDirectories(home.resolve("state"));
    Path file = home.resolve("fairlead.yaml");
    Files.writeString(file, GatewayFixture.whole(home, yaml));
    List<String> command = new ArrayList<>(network.in(name));
    command.addAll(launched.command("run", "-c", file.toString()));
    parts.push(Proc.start(command, home, launched.environment()));
    await().atMost(WITHIN).until(() -> report(name).contains("peer_id"));
  }

  private Proc go(NatNetwork network, String space, String... words) throws Exception {
    List<String> command = new ArrayList<>(network.in(space));
    command.add(Peers.require("libp2p-go-peer").toString());
    command.addAll(List.of("-punch", "-at", "/ip4/0.0.0.0/tcp/4001"));
    command.addAll(List.of(words));
    Proc proc = Proc.start(command.toArray(String[]::new));
    parts.push(proc);
    return proc;
  }

  private Proc autonat(NatNetwork network, String space, String at, String... words)
      throws Exception {
    List<String> command = new ArrayList<>(network.in(space));
    command.add(Peers.require("libp2p-go-peer").toString());
    command.addAll(List.of("-autonat", "-at", at));
    command.addAll(List.of(words));
    Proc proc = Proc.start(command.toArray(String[]::new));
    parts.push(proc);
    return proc;
  }

  // ---- what is seen -------------------------------------------------------------------------

  private void awaitConnection(String at, String with, String ip) {
    String direct = "\"peer\":\"" + with + "\",\"address\":\"/ip4/" + ip + "/tcp/4001\"";
    await().atMost(WITHIN).until(() -> report(at).contains(direct));
  }

  private String report(String name) throws Exception {
    return curl(name, "/v1/relay");
  }

  private String ping(String name, String address) throws Exception {
    String body = "{\"peer\":\"" + address + "\"}";
    return curl(name, "/v1/relay/ping", "-H", "Content-Type: application/json", "-d", body);
  }

  private static String verdict(String address, String reachability) {
    return "{\"address\":\"%s\",\"reason\":\"public\",\"reachability\":\"%s\""
        .formatted(address, reachability);
  }

  private int punches(String name, String result) throws Exception {
    return count(name, "fairlead_relay_punches_total{result=\"" + result + "\"} ");
  }

  private int answers(String name, String version, String answer) throws Exception {
    String tags = "{answer=\"" + answer + "\",version=\"" + version + "\"} ";
    return count(name, "fairlead_relay_dial_backs_total" + tags);
  }

  private int count(String name, String line) throws Exception {
    return curl(name, "/metrics")
        .lines()
        .filter(each -> each.startsWith(line))
        .mapToInt(each -> (int) Double.parseDouble(each.substring(line.length())))
        .sum();
  }

  private String curl(String name, String path, String... more) throws Exception {
    String socket = dir.resolve(name).resolve("run/control.sock").toString();
    List<String> command = new ArrayList<>();
    command.addAll(List.of(Peers.require("curl").toString(), "-s", "--unix-socket", socket));
    command.add("http://localhost" + path);
    command.addAll(List.of(more));
    try (Proc asked = Proc.start(command.toArray(String[]::new))) {
      asked.awaitExit(WITHIN);
      return asked.stdout();
    }
  }
}
