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
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * An agent behind a NAT of the kernel's, in network namespaces: it is reached through its tunnel,
 * and comes back by itself when the NAT forgets its connection.
 */
@Tag("nightly")
@Timeout(400)
class TunnelNatIT {
  private static final Duration WITHIN = Duration.ofSeconds(90);

  /** PING each 15 s, dead after 45 s of silence; the rest is for dialling on a busy machine. */
  private static final Duration BACK = Duration.ofSeconds(120);

  /** Each word NS is a name of this run's own. */
  private static final List<String> WIRING =
      List.of(
          "ip netns add NSserver",
          "ip netns add NSnat",
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

  @TempDir private Path dir;
  private final String prefix = "ft" + ProcessHandle.current().pid();
  private final List<Proc> running = new ArrayList<>();

  @Test
  void anAgentBehindNatComesBackWhenItsMappingIsLost() throws Exception {
    Assumptions.assumeTrue(
        Files.isWritable(Path.of("/proc/sys/net/ipv4/ip_forward")), "needs root");
    Peers.require("ip");
    Peers.require("nft");
    Peers.require("curl");
    Launched launched = Launched.built(dir);
    try {
      for (String line : WIRING) run(line);
      gateway(
          launched,
          "server",
          """
          certs: { local: { internal: true, hosts: [localhost] } }
          tunnels:
            server:
              listen: 11.0.9.2:7000
              tls: { cert: local }
              agents: []
              expose: { bind: 11.0.9.2, tcp_ports: 9000-9000 }
          """);
      String token = await().atMost(WITHIN).until(this::token, each -> !each.isEmpty());
      gateway(
          launched,
          "agent",
          """
          listeners: { echo: { bind: 127.0.0.1:8081, proto: echo } }
          tunnels:
            agent:
              servers: ["11.0.9.2:7000"]
              token: !secret "%s"
              services: [ { name: echo, type: tcp, destination: 127.0.0.1:8081 } ]
          """
              .formatted(token));
      await().atMost(WITHIN).until(this::answered);

      // The NAT forgets what was silent for a second: the next PING of either end goes nowhere.
      run(MEMORY + "1");
      assertThat(answered()).isTrue();
      await().atMost(BACK).until(() -> !answered());
      run(MEMORY + "600");
      long lostNanos = System.nanoTime();
      await().atMost(BACK).until(this::answered);
      System.out.printf("mapping lost, back after %.0f s%n", (System.nanoTime() - lostNanos) / 1e9);
    } finally {
      for (Proc each : running) each.close();
      for (String each : List.of("agent", "nat", "server")) {
        Proc.start("ip", "netns", "del", prefix + each).awaitExit(WITHIN);
      }
    }
  }

  /** Whether a user of the server reaches the service now. */
  private boolean answered() throws Exception {
    String status =
        asked(
            "server",
            "-m",
            "5",
            "-s",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            "http://11.0.9.2:9000/");
    return status.equals("200");
  }

  private String token() throws Exception {
    String answer =
        asked(
            "server",
            "-s",
            "--unix-socket",
            dir.resolve("server").resolve("run/control.sock").toString(),
            "-H",
            "Content-Type: application/json",
            "-d",
            "{\"name\":\"box\"}",
            "http://localhost/v1/tunnel-tokens");
    String name = "\"token\":\"";
    int from = answer.indexOf(name);
    if (from < 0) return ""; // it is still beginning
    return answer.substring(from + name.length(), answer.indexOf('"', from + name.length()));
  }

  private void gateway(Launched launched, String name, String yaml) throws Exception {
    Path home = Files.createDirectories(dir.resolve(name));
    Path file = home.resolve("fairlead.yaml");
    Files.writeString(file, GatewayFixture.whole(home, yaml));
    List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", prefix + name));
    command.addAll(launched.command("run", "-c", file.toString()));
    Proc started = Proc.start(command, home, launched.environment());
    running.add(started);
    Path socket = home.resolve("run/control.sock");
    await()
        .atMost(WITHIN)
        .untilAsserted(
            () ->
                assertThat(
                        asked(
                            name, "-s", "--unix-socket", socket.toString(), "http://localhost/now"))
                    .as(started.stderr())
                    .isNotEmpty());
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
