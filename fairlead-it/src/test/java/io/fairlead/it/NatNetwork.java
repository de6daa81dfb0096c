package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * A small internet of the kernel's, in network namespaces:
 *
 * <pre>
 * relay    11.0.1.2 ──┐
 * visitor  11.0.2.2 ──┤ net
 * nat      11.0.3.2 ──┤      behind it: node 192.168.77.2
 * homenat  11.0.4.2 ──┘      behind it: home 192.168.78.2
 * </pre>
 *
 * Both NATs drop what nobody inside asked for, as routers do at home. Needs root, {@code ip} and
 * {@code nft}; its names are this process's own.
 */
final class NatNetwork implements AutoCloseable {
  static final String RELAY_IP = "11.0.1.2";
  static final String RELAY_IP_TOO = "11.0.1.3";
  static final String VISITOR_IP = "11.0.2.2";
  static final String NAT_IP = "11.0.3.2";
  static final String HOME_NAT_IP = "11.0.4.2";
  static final String NODE_IP = "192.168.77.2";
  static final String HOME_IP = "192.168.78.2";

  private static final Duration WITHIN = Duration.ofSeconds(30);
  private static final List<String> SPACES =
      List.of("net", "relay", "visitor", "nat", "node", "homenat", "home");

  /** How a NAT chooses the port of a flow that leaves. */
  enum Mapping {
    /** The same as inside, whoever is spoken to: what is seen by one can be dialled by another. */
    KEPT("masquerade"),
    /** Another for each flow. */
    SYMMETRIC("masquerade fully-random");

    private final String rule;

    Mapping(String rule) {
      this.rule = rule;
    }
  }

  private final String prefix = "fl" + ProcessHandle.current().pid();

  private NatNetwork() {}

  /** Skips the test where the machine does not let it. */
  static NatNetwork laid(Mapping nodes, Mapping homes) throws Exception {
    Assumptions.assumeTrue(
        Files.isWritable(Path.of("/proc/sys/net/ipv4/ip_forward")), "needs root");
    Peers.require("ip");
    Peers.require("nft");
    NatNetwork network = new NatNetwork();
    try {
      for (String space : SPACES) network.run("ip netns add NS" + space);
      network.wire("net", "r0", "relay", "11.0.1", RELAY_IP);
      network.wire("net", "v0", "visitor", "11.0.2", VISITOR_IP);
      network.wire("net", "n0", "nat", "11.0.3", NAT_IP);
      network.wire("net", "h0", "homenat", "11.0.4", HOME_NAT_IP);
      network.wire("nat", "i0", "node", "192.168.77", NODE_IP);
      network.wire("homenat", "i0", "home", "192.168.78", HOME_IP);
      for (String router : List.of("net", "nat", "homenat")) {
        network.run("ip netns exec NS" + router + " sysctl -qw net.ipv4.ip_forward=1");
      }
      network.translate("nat", nodes);
      network.translate("homenat", homes);
      return network;
    } catch (Exception | AssertionError failure) {
      network.close();
      throw failure;
    }
  }

  /** One wire between a router and what has its only address there. */
  private void wire(String router, String port, String end, String net, String ip)
      throws Exception {
    run("ip link add " + port + " netns NS" + router + " type veth peer name eth0 netns NS" + end);
    run("ip -n NS" + router + " addr add " + net + ".1/24 dev " + port);
    run("ip -n NS" + end + " addr add " + ip + "/24 dev eth0");
    run("ip -n NS" + router + " link set " + port + " up");
    run("ip -n NS" + end + " link set eth0 up");
    run("ip -n NS" + end + " link set lo up");
    run("ip -n NS" + end + " route add default via " + net + ".1");
  }

  private void translate(String router, Mapping mapping) throws Exception {
    String nft = "ip netns exec NS" + router + " nft ";
    run(nft + "add table ip nat");
    run(nft + "add chain ip nat post { type nat hook postrouting priority 100 ; }");
    run(nft + "add rule ip nat post oifname eth0 " + mapping.rule);
    run(nft + "add chain ip nat in { type filter hook input priority 0 ; }");
    run(nft + "add rule ip nat in iifname eth0 ct state new,invalid drop");
    run(nft + "add chain ip nat through { type filter hook forward priority 0 ; }");
    run(nft + "add rule ip nat through iifname eth0 ct state new,invalid drop");
  }

  /** Gives the relay's machine a second address. */
  void addRelayAddress() throws Exception {
    run("ip -n NSrelay addr add " + RELAY_IP_TOO + "/24 dev eth0");
  }

  /** From now on nobody reaches a port there. */
  void close(String space, int port) throws Exception {
    String nft = "ip netns exec NS" + space + " nft ";
    run(nft + "add table ip guard");
    run(nft + "add chain ip guard in { type filter hook input priority 0 ; }");
    run(nft + "add rule ip guard in tcp dport " + port + " drop");
  }

  private void run(String line) throws Exception {
    String own = line.replace("NS", prefix);
    try (Proc step = Proc.start(own.split(" "))) {
      assertThat(step.awaitExit(WITHIN)).as(own + ": " + step.stderr()).isZero();
    }
  }

  /** What comes before a command that is to run in one of the places. */
  List<String> in(String space) {
    return List.of("ip", "netns", "exec", prefix + space);
  }

  @Override
  public void close() throws Exception {
    for (String space : SPACES.reversed()) {
      try (Proc gone = Proc.start("ip", "netns", "del", prefix + space)) {
        gone.awaitExit(WITHIN); // one that was never made is none
      }
    }
  }
}
