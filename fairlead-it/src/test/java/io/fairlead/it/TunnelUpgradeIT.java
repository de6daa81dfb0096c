package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A tunnel server that is replaced by another process, or dies and comes back, while users talk
 * through it: what they hear is right to the last byte, and the tunnel is theirs again by itself,
 * at the port it had.
 */
@Timeout(600)
@Tag("nightly")
class TunnelUpgradeIT {
  private static final Duration BACK = Duration.ofSeconds(120);
  private static final int USERS = 8;

  @TempDir private static Path cache;
  private static Launched fairlead;
  @TempDir private Path dir;

  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicInteger whole = new AtomicInteger();
  private final AtomicInteger broken = new AtomicInteger();
  private final AtomicInteger wrong = new AtomicInteger();

  @BeforeAll
  static void find() {
    fairlead = Launched.built(cache);
  }

  private static String config(int carriers, String ports) {
    return """
        limits: { connections: off, connections_per_ip: off, new_connections_per_ip: off }
        certs: { local: { internal: true, hosts: [localhost] } }
        tunnels:
          server:
            listen: 127.0.0.1:%d
            tls: { cert: local }
            agents: []
            expose: { tcp_ports: %s }
        """
        .formatted(carriers, ports);
  }

  private static String agent(int carriers, String token, int service) {
    return """
        # quick
        tunnels:
          agent:
            servers: ["127.0.0.1:%d"]
            token: !secret "%s"
            connections: 2
            services:
              - { name: svc, type: tcp, destination: "127.0.0.1:%d" }
        """
        .formatted(carriers, token, service);
  }

  @Test
  void usersTalkOnThroughUpgradesOfTheServer() throws Exception {
    int carriers = TunnelLab.freePort();
    String ports = TunnelLab.freePorts(2);
    int port = Integer.parseInt(ports.substring(0, ports.indexOf('-')));
    try (var echo = EchoService.start("E");
        var gateway = UpgradingGateway.start(fairlead, dir, config(carriers, ports), carriers)) {
      String token = token(gateway);
      try (var agent = GatewayFixture.start(agent(carriers, token, echo.port()))) {
        assertThat(agent.dir()).exists();
        awaitEcho(port);
        List<Thread> users = users(port);
        try {
          for (int round = 0; round < 2; round++) {
            int before = whole.get();
            long former = gateway.pid();
            UpgradingGateway.Answer answer = gateway.upgrade("{\"timeout\":\"60s\"}");
            assertThat(answer.status()).as("%s%n%s", answer.body(), gateway.log()).isEqualTo(202);
            await().atMost(BACK).until(() -> gateway.pid() != former);
            await()
                .atMost(BACK)
                .untilAsserted(
                    () -> assertThat(whole.get()).as(gateway::log).isGreaterThan(before + 20));
          }
        } finally {
          over.set(true);
        }
        for (Thread user : users) user.join(BACK);
        System.out.printf("upgrades 2, conversations %d, broken %d%n", whole.get(), broken.get());
        assertThat(wrong.get()).isZero();
        // At most what a user had on the old carrier when its process ended; who came meanwhile
        // waited for the new one.
        assertThat(broken.get()).isLessThanOrEqualTo(2 * USERS);
      }
    }
  }

  @Test
  void aServerThatDiesAndComesBackHasItsTunnelsAgain() throws Exception {
    int carriers = TunnelLab.freePort();
    String ports = TunnelLab.freePorts(4);
    int port = Integer.parseInt(ports.substring(0, ports.indexOf('-')));
    String yaml = config(carriers, ports);
    try (var echo = EchoService.start("E");
        var first = UpgradingGateway.start(fairlead, dir, yaml, carriers);
        var agent = GatewayFixture.start(agent(carriers, token(first), echo.port()))) {
      assertThat(agent.dir()).exists();
      awaitEcho(port);
      List<Thread> users = users(port);
      try {
        first.close(); // kills it
        Files.delete(dir.resolve("pid"));
        int before = whole.get();
        try (var second = UpgradingGateway.start(fairlead, dir, yaml, carriers)) {
          await()
              .atMost(BACK)
              .untilAsserted(
                  () -> assertThat(whole.get()).as(second::log).isGreaterThan(before + 20));
        }
      } finally {
        over.set(true);
      }
      for (Thread user : users) user.join(BACK);
      assertThat(wrong.get()).isZero();
      assertThat(broken.get()).isPositive();
    }
  }

  private static String token(UpgradingGateway gateway) throws IOException {
    UpgradingGateway.Answer answer = gateway.post("/v1/tunnel-tokens", "{\"name\":\"box\"}");
    assertThat(answer.status()).as("%s", answer.body()).isEqualTo(200);
    return answer.body().get("token").textValue();
  }

  private static void awaitEcho(int port) {
    await()
        .atMost(BACK)
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(TunnelLab.echo(port, "hi")).isEqualTo("Eh"));
  }

  private List<Thread> users(int port) {
    List<Thread> users = new ArrayList<>();
    for (int i = 0; i < USERS; i++) {
      Random chance = new Random(i);
      users.add(Thread.ofVirtual().start(() -> talk(port, chance)));
    }
    return users;
  }

  private void talk(int port, Random chance) {
    byte[] bytes = new byte[16 * 1024];
    while (!over.get()) {
      chance.nextBytes(bytes);
      try (Socket socket = TunnelLab.connect(port)) {
        socket.setSoTimeout((int) BACK.toMillis()); // a process that begins takes its time
        if (socket.getInputStream().read() != 'E') throw new IOException("nobody");
        socket.getOutputStream().write(bytes);
        byte[] back = socket.getInputStream().readNBytes(bytes.length);
        for (int i = 0; i < back.length; i++) {
          if (back[i] != bytes[i]) wrong.incrementAndGet();
        }
        (back.length < bytes.length ? broken : whole).incrementAndGet();
      } catch (IOException cut) {
        broken.incrementAndGet();
      }
    }
  }
}
