package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.relay.RelayNode;
import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A gateway behind a NAT of the kernel's, in network namespaces: an internet of three networks, a
 * relay and a visitor in two of them, a NAT in the third.
 */
@Tag("nightly")
class RelayNatIT {
  private static final Duration WITHIN = Duration.ofSeconds(90);
  private static final String RELAY_IP = "11.0.1.2";
  private static final String VISITOR_IP = "11.0.2.2";
  private static final String NODE_IP = "192.168.77.2";

  /** Each word NS is a name of this run's own. */
  private static final List<String> WIRING =
      List.of(
          "ip netns add NSnet",
          "ip netns add NSrelay",
          "ip netns add NSvisitor",
          "ip netns add NSnat",
          "ip netns add NSnode",
          "ip link add r0 netns NSnet type veth peer name eth0 netns NSrelay",
          "ip link add v0 netns NSnet type veth peer name eth0 netns NSvisitor",
          "ip link add n0 netns NSnet type veth peer name eth0 netns NSnat",
          "ip link add i0 netns NSnat type veth peer name eth0 netns NSnode",
          "ip -n NSnet addr add 11.0.1.1/24 dev r0",
          "ip -n NSnet addr add 11.0.2.1/24 dev v0",
          "ip -n NSnet addr add 11.0.3.1/24 dev n0",
          "ip -n NSrelay addr add 11.0.1.2/24 dev eth0",
          "ip -n NSvisitor addr add 11.0.2.2/24 dev eth0",
          "ip -n NSnat addr add 11.0.3.2/24 dev eth0",
          "ip -n NSnat addr add 192.168.77.1/24 dev i0",
          "ip -n NSnode addr add 192.168.77.2/24 dev eth0",
          "ip -n NSnet link set r0 up",
          "ip -n NSnet link set v0 up",
          "ip -n NSnet link set n0 up",
          "ip -n NSnat link set i0 up",
          "ip -n NSrelay link set eth0 up",
          "ip -n NSvisitor link set eth0 up",
          "ip -n NSnat link set eth0 up",
          "ip -n NSnode link set eth0 up",
          "ip -n NSrelay link set lo up",
          "ip -n NSvisitor link set lo up",
          "ip -n NSnode link set lo up",
          "ip -n NSrelay route add default via 11.0.1.1",
          "ip -n NSvisitor route add default via 11.0.2.1",
          "ip -n NSnat route add default via 11.0.3.1",
          "ip -n NSnode route add default via 192.168.77.1",
          "ip netns exec NSnet sysctl -qw net.ipv4.ip_forward=1",
          "ip netns exec NSnat sysctl -qw net.ipv4.ip_forward=1",
          "ip netns exec NSnat nft add table ip nat",
          "ip netns exec NSnat nft add chain ip nat post { type nat hook postrouting priority 100 ; }",
          "ip netns exec NSnat nft add rule ip nat post oifname eth0 masquerade");

  private final String prefix = "fl" + ProcessHandle.current().pid();
  private final List<Proc> running = new ArrayList<>();
  private final Path dir;
  private final Launched launched;

  RelayNatIT() throws IOException {
    dir = Files.createTempDirectory("fairlead-nat");
    launched = Launched.built(dir);
  }

  @Test
  void aGatewayBehindNatIsReachedThroughTheRelayItFound() throws Exception {
    Assumptions.assumeTrue(
        Files.isWritable(Path.of("/proc/sys/net/ipv4/ip_forward")), "needs root");
    Peers.require("ip");
    Peers.require("nft");
    Peers.require("curl");
    String goPeer = Peers.require("libp2p-go-peer").toString();
    try {
      for (String line : WIRING) run(line.replace("NS", prefix));
      String relayAt = "/ip4/" + RELAY_IP + "/tcp/4001/p2p/" + peer("relay");
      gateway(
          "relay",
          """
          relay:
            listen: ["/ip4/%s/tcp/4001"]
            reachability: { mode: public }
            service: { mode: "on" }
          """
              .formatted(RELAY_IP));
      String node = peer("node");
      gateway(
          "node",
          """
          relay:
            listen: ["/ip4/%s/tcp/4001"]
            reachability: { mode: private }
            auto: { static: ["%s"], num_relays: 1 }
          """
              .formatted(NODE_IP, relayAt));
      String circuit = relayAt + "/p2p-circuit";
      await().atMost(WITHIN).until(() -> report("node").contains("\"" + circuit + "\""));

      Proc go =
          keep(
              Proc.start(
                  "ip",
                  "netns",
                  "exec",
                  prefix + "visitor",
                  goPeer,
                  "dial",
                  circuit + "/p2p/" + node,
                  "ping",
                  "limited"));
      assertThat(go.awaitExit(WITHIN)).as(go.stderr()).isZero();
      assertThat(go.stdout()).contains("ok ping", "ok limited true");

      // A visitor with an open address: the node dials it through the NAT and leaves the relay.
      String visitor = peer("visitor");
      gateway(
          "visitor",
          """
          relay:
            listen: ["/ip4/%s/tcp/4001"]
            reachability: { mode: public }
          """
              .formatted(VISITOR_IP));
      String pinged =
          curl(
              "visitor", "/v1/relay/ping", "-d", "{\"peer\":\"" + circuit + "/p2p/" + node + "\"}");
      assertThat(pinged).contains("rtt_seconds");
      String direct =
          "\"peer\":\"" + visitor + "\",\"address\":\"/ip4/" + VISITOR_IP + "/tcp/4001\"";
      await().atMost(WITHIN).until(() -> report("node").contains(direct));
    } finally {
      for (Proc each : running) each.close();
      for (String each : List.of("node", "nat", "visitor", "relay", "net")) {
        Proc.start("ip", "netns", "del", prefix + each).awaitExit(WITHIN);
      }
    }
  }

  private Proc keep(Proc started) {
    running.add(started);
    return started;
  }

  private void run(String line) throws Exception {
    try (Proc step = Proc.start(line.split(" "))) {
      assertThat(step.awaitExit(WITHIN)).as(line + ": " + step.stderr()).isZero();
    }
  }

  private String peer(String name) throws Exception {
    Path state = Files.createDirectories(dir.resolve(name).resolve("state"));
    return RelayNode.identity(state.resolve("identity.key")).peerId().toString();
  }

  private void gateway(String name, String yaml) throws Exception {
    Path home = dir.resolve(name);
    Path file = home.resolve("fairlead.yaml");
    Files.writeString(file, GatewayFixture.whole(home, yaml));
    List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", prefix + name));
    command.addAll(launched.command("run", "-c", file.toString()));
    keep(Proc.start(command, home, launched.environment()));
    await().atMost(WITHIN).until(() -> report(name).contains("peer_id"));
  }

  private String report(String name) throws Exception {
    return curl(name, "/v1/relay");
  }

  private String curl(String name, String path, String... more) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "curl",
                "-s",
                "--unix-socket",
                dir.resolve(name).resolve("run/control.sock").toString(),
                "http://localhost" + path));
    command.addAll(List.of(more));
    try (Proc asked = Proc.start(command.toArray(String[]::new))) {
      asked.awaitExit(WITHIN);
      return asked.stdout();
    }
  }
}
