package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * An agent behind a NAT of the kernel's, in network namespaces: it is reached through its tunnel,
 * and comes back by itself when the NAT forgets its connection.
 */
@Timeout(400)
class TunnelNatIT {
  private static final Duration WITHIN = Duration.ofSeconds(90);

  /** PING each 15 s, dead after 45 s of silence; the rest is for dialling on a busy machine. */
  private static final Duration BACK = Duration.ofSeconds(120);

  /** Longer than the NAT remembers what is silent: who looks more often keeps it in mind. */
  private static final Duration LOOK = Duration.ofSeconds(3);

  /** Each word NS is a name of this run's own. */
  private static final List<String> WIRING =
      List.of(
          "ip netns add NSserver",
          "ip netns add NSagent",
          "ip link add eth0 netns NSserver type veth peer name eth0 netns NSnat",
          "ip link add i0 netns NSnat type veth peer name eth0 netns NSagent",
          "ip -n NSserver addr add 11.0.9.2/24 dev eth0",
          "ip -n NSnat addr add 11.0.9.1/24 dev eth0",
          "ip -n NSnat addr add 192.168.79.1/24 dev i0",
          "ip -n NSagent addr add 192.168.79.2/24 dev eth0",
          "ip -n NSserver link set eth0 up",
          "ip -n NSserver link set lo up",
          "ip -n NSnat link set eth0 up",
          "ip -n NSnat link set i0 up",
          "ip -n NSagent link set eth0 up",
          "ip -n NSagent link set lo up",
          "ip -n NSagent route add default via 192.168.79.1",
          "ip netns exec NSnat sysctl -qw net.ipv4.ip_forward=1",
          "ip netns exec NSnat nft add table ip nat",
          "ip netns exec NSnat nft add chain ip nat post { type nat hook postrouting priority 100 ; }",
          "ip netns exec NSnat nft add rule ip nat post oifname eth0 masquerade",
          // What belongs to no connection it knows gets neither in nor out, and hears nothing.
          "ip netns exec NSnat sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0",
          "ip netns exec NSnat nft add chain ip nat pass { type filter hook forward priority 0 ; }",
          "ip netns exec NSnat nft add rule ip nat pass ct state invalid drop",
          "ip netns exec NSnat nft add chain ip nat own { type filter hook input priority 0 ; }",
          "ip netns exec NSnat nft add rule ip nat own iifname eth0 drop");

  private static final String MEMORY =
      "ip netns exec NSnat sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_established=";

  private static final String PAGE = "http://box.gw.test:8080/";

  @TempDir private Path dir;
  private final String prefix = "ft" + ProcessHandle.current().pid();
  private final List<Proc> running = new ArrayList<>();

  @BeforeEach
  void wire() throws Exception {
    Assumptions.assumeTrue(
        Files.isWritable(Path.of("/proc/sys/net/ipv4/ip_forward")), "needs root");
    Peers.require("ip");
    Peers.require("nft");
    Peers.require("curl");
    Peers.require("python3");
    try (Proc first = Proc.start("ip", "netns", "add", prefix + "nat")) {
      boolean may = first.awaitExit(WITHIN) == 0;
      Assumptions.assumeTrue(may, "network namespaces are not to be had: " + first.stderr());
    }
    for (String line : WIRING) run(line);
  }

  @AfterEach
  void unwire() throws Exception {
    for (Proc each : running) each.close();
    for (String each : List.of("agent", "nat", "server")) {
      Proc.start("ip", "netns", "del", prefix + each).awaitExit(WITHIN);
    }
  }

  /** A server and an agent of one line each, and a folder that a web server of Python shows. */
  private Proc begin() throws Exception {
    Launched launched = Launched.built(dir);
    Files.writeString(Files.createDirectory(dir.resolve("pages")).resolve("index.html"), "behind");
    start("agent", "python3", "-m", "http.server", "-b", "127.0.0.1", "-d", "pages", "3000");
    Proc server =
        start(
            "server",
            launched.command(
                "tunnel",
                "server",
                "--listen=11.0.9.2:7000",
                "--http=11.0.9.2:8080",
                "--url=http://gw.test:8080",
                "--ports=9000-9001",
                "--state=state"));
    String line = server.awaitLine("fl1.", WITHIN);
    String token = line.substring(line.indexOf("fl1."), line.indexOf('\'', line.indexOf("fl1.")));
    Files.writeString(dir.resolve("token"), token);
    return start(
        "agent",
        launched.command(
            "tunnel", "expose", "http", "3000", "--server=11.0.9.2", "--token-file=token"));
  }

  @Test
  void aServiceBehindNatIsReachedByTheAddressThatItsAgentPrints() throws Exception {
    Proc agent = begin();
    String address = agent.awaitLine("http", WITHIN);
    assertThat(address + "/").isEqualTo(PAGE);
    await().atMost(WITHIN).until(this::answered);
    // From outside nobody gets behind the NAT: what the tunnel carries was asked for within.
    assertThat(asked("server", "-m", "2", "-s", "http://192.168.79.2:3000/")).isEmpty();
    assertThat(agent.stdout().strip()).isEqualTo(address);
  }

  @Test
  @Tag("nightly") // a connection that nobody ends is found dead after 45 s
  void anAgentBehindNatComesBackWhenItsMappingIsLost() throws Exception {
    begin().awaitLine("http", WITHIN);
    await().atMost(WITHIN).until(this::answered);

    // The NAT forgets what was silent for a second: the next PING of either end goes nowhere.
    run(MEMORY + "1");
    assertThat(answered()).isTrue();
    await().pollInterval(LOOK).atMost(BACK).until(() -> !answered());
    run(MEMORY + "600");
    long lostNanos = System.nanoTime();
    await().atMost(BACK).until(this::answered);
    System.out.printf("mapping lost, back after %.0f s%n", (System.nanoTime() - lostNanos) / 1e9);
  }

  /** Whether a user of the server reaches the service now. */
  private boolean answered() throws Exception {
    return asked("server", "-m", "5", "-s", "--resolve", "box.gw.test:8080:11.0.9.2", PAGE)
        .equals("behind");
  }

  private Proc start(String space, String... command) throws Exception {
    return start(space, List.of(command));
  }

  private Proc start(String space, List<String> command) throws Exception {
    List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", prefix + space));
    whole.addAll(command);
    Proc started = Proc.start(whole, dir, Launched.built(dir).environment());
    running.add(started);
    return started;
  }

  private String asked(String where, String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", prefix + where, "curl"));
    command.addAll(List.of(words));
    try (Proc curl = Proc.start(command.toArray(String[]::new))) {
      curl.awaitExit(WITHIN);
      return curl.stdout();
    }
  }

  private void run(String line) throws Exception {
    try (Proc step = Proc.start(line.replace("NS", prefix).split(" "))) {
      assertThat(step.awaitExit(WITHIN)).as(line + ": " + step.stderr()).isZero();
    }
  }
}
