package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.random.Randomness;
import io.fairlead.net.auth.IdentityKey;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a service may carry in a second. */
@Timeout(120)
class TunnelRatesIT {
  private static final int BYTES = 256 * 1024;

  @TempDir private Path dir;

  @Test
  void aServicesBandwidthBoundsItAndNoOtherOfItsAgent() throws Exception {
    try (var echo = EchoService.start();
        var lab = TunnelLab.start("tcp_ports: " + TunnelLab.freePorts(4), "");
        ExecutorService users = Executors.newVirtualThreadPerTaskExecutor()) {
      String destination = ", type: tcp, destination: \"127.0.0.1:" + echo.port() + "\"";
      lab.agent(
          "box", "name: slow" + destination + ", bandwidth: 256KiB/s", "name: fast" + destination);
      int slow = lab.port("box", "slow");
      int fast = lab.port("box", "fast");
      long begun = System.nanoTime();
      // Two users of the slow one share it.
      CompletableFuture<Long> first = CompletableFuture.supplyAsync(() -> done(slow, begun), users);
      CompletableFuture<Long> second =
          CompletableFuture.supplyAsync(() -> done(slow, begun), users);
      long unbound = done(fast, begun);
      long both = Math.max(first.get(60, TimeUnit.SECONDS), second.get(60, TimeUnit.SECONDS));
      double seconds = both / 1e9;
      // A tenth of a second's bytes pass at once.
      assertThat(2.0 * BYTES / seconds).isLessThan(310 * 1024);
      assertThat(unbound).isLessThan(both / 2);
    }
  }

  /** What the server says of an agent holds for all its services together, in each direction. */
  @Test
  void anAgentsBandwidthIsSharedByItsServicesAndItsNamesAreThoseItMayHave() throws Exception {
    Path identity = dir.resolve("identity.key");
    IdentityKey key = IdentityKey.make(Randomness.system());
    key.write(identity);
    try (var echo = EchoService.start();
        var lab =
            TunnelLab.startWith(
                "agents: [ { name: box, public_key: "
                    + key.publicKey().peerId()
                    + ", allow: { services: [\"db-*\"], bandwidth: 256KiB/s } } ]",
                "tcp_ports: " + TunnelLab.freePorts(4),
                "");
        ExecutorService users = Executors.newVirtualThreadPerTaskExecutor()) {
      String rest = ", type: tcp, destination: \"127.0.0.1:" + echo.port() + "\"";
      GatewayFixture agent =
          lab.agentWith(
              "name: box\n    identity: { file: \""
                  + identity
                  + "\" }\n    server_name: localhost\n    ca: \""
                  + TunnelRulesIT.authority(lab.server().dir())
                  + "\"",
              "name: db-one" + rest,
              "name: db-two" + rest,
              "name: web" + rest);
      int one = lab.port("box", "db-one");
      int two = lab.port("box", "db-two");
      long begun = System.nanoTime();
      CompletableFuture<Long> first = CompletableFuture.supplyAsync(() -> done(one, begun), users);
      CompletableFuture<Long> second = CompletableFuture.supplyAsync(() -> done(two, begun), users);
      long both = Math.max(first.get(60, TimeUnit.SECONDS), second.get(60, TimeUnit.SECONDS));
      assertThat(2.0 * BYTES / (both / 1e9)).isLessThan(310 * 1024);
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () ->
                  assertThat(agent.api().get("/v1/tunnels").text())
                      .contains("not_allowed: a service named web is not allowed"));
      assertThat(lab.report()).doesNotContain("\"name\":\"web\"");
    }
  }

  /** When all bytes were back, in nanoseconds after {@code begun}. */
  private static long done(int port, long begun) {
    try (Socket socket = TunnelLab.connect(port)) {
      socket.setSoTimeout(30_000);
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  socket.getOutputStream().write(new byte[BYTES]);
                } catch (IOException gone) {
                  // the reader says so
                }
              });
      assertThat(socket.getInputStream().readNBytes(BYTES)).hasSize(BYTES);
      return System.nanoTime() - begun;
    } catch (IOException broken) {
      throw new java.io.UncheckedIOException(broken);
    }
  }
}
