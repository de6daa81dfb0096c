package io.fairlead.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Rates of bytes: never faster than they say, and every byte arrives. A tenth of a second's bytes
 * may come at once; a slow machine may only be slower.
 */
@Timeout(90)
class BandwidthIT {
  private static final int RATE = 1 << 20;

  /** At the rate: a second, less the burst and what is read last, for which nobody waits. */
  private static final int BYTES = RATE;

  private static final Duration LEAST = Duration.ofMillis(600);

  private static final String ECHO =
      """
      limits: { connections_per_ip: off, new_connections_per_ip: off }
      listeners: { echo: { bind: "127.0.0.1:0", proto: echo } }
      """;

  @TempDir Path dir;

  @Test
  void aTunnelGoesAtItsRateInBothDirections() throws Exception {
    try (var far = GatewayFixture.start(ECHO);
        var gateway = GatewayFixture.start(forward("1MiB/s"))) {
      assertThat(tunnel(gateway, far.port("echo"), BYTES)).isGreaterThan(LEAST);
      LimitsIT.assertRejected(gateway, "bandwidth");
    }
  }

  @Test
  void aLiftedRateHoldsNobodyBack() throws Exception {
    try (var far = GatewayFixture.start(ECHO);
        var gateway = GatewayFixture.start(forward("off"))) {
      assertThat(tunnel(gateway, far.port("echo"), 8 * BYTES)).isLessThan(Duration.ofSeconds(30));
    }
  }

  @Test
  void theTunnelsOfAnAccountShareItsRate() throws Exception {
    Path users =
        Files.writeString(dir.resolve("users"), "ann:" + Pem.passwordHash("secret") + "\n");
    String config =
        forward("1MiB/s")
            .replace("destinations:", "auth: { users_file: \"" + users + "\" }\n    destinations:");
    try (var far = GatewayFixture.start(ECHO);
        var gateway = GatewayFixture.start(config);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      long began = System.nanoTime();
      Future<Duration> one = threads.submit(() -> tunnel(gateway, far.port("echo"), BYTES / 2));
      Future<Duration> two = threads.submit(() -> tunnel(gateway, far.port("echo"), BYTES / 2));
      one.get();
      two.get();
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(LEAST);
    }
  }

  @Test
  void aStreamGoesAtItsRate() throws Exception {
    try (var far = GatewayFixture.start(ECHO);
        var gateway =
            GatewayFixture.start(
                """
                listeners: { raw: { bind: "127.0.0.1:0", proto: tcp, service: pg } }
                streams:
                  pg: { destination: "127.0.0.1:%d", limits: { bandwidth: 1MiB/s } }
                """
                    .formatted(far.port("echo")));
        RawClient client = gateway.client("raw").timeout(Duration.ofSeconds(60))) {
      assertThat(echoed(client, BYTES)).isGreaterThan(LEAST);
      LimitsIT.assertRejected(gateway, "bandwidth");
    }
  }

  @Test
  void aRoutesAnswersAndBodiesGoAtItsRate() throws Exception {
    byte[] file = file();
    try (var far = GatewayFixture.start(ECHO);
        var gateway = GatewayFixture.start(site(far.port("echo"), "", "bandwidth: 1MiB/s"));
        RawClient client = gateway.client("web").timeout(Duration.ofSeconds(60))) {
      long began = System.nanoTime();
      client.send("GET /files/file HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.readResponse().body()).isEqualTo(file);
      assertThat(Duration.ofNanos(System.nanoTime() - began)).as("a file").isGreaterThan(LEAST);
      LimitsIT.assertRejected(gateway, "bandwidth");
      assertThat(posted(client, file)).as("a body there and back").isGreaterThan(LEAST);
    }
  }

  @Test
  void aSitesConnectionsEachHaveItsRate() throws Exception {
    byte[] file = file();
    try (var far = GatewayFixture.start(ECHO);
        var gateway =
            GatewayFixture.start(site(far.port("echo"), "limits: { bandwidth: 1MiB/s }", ""));
        RawClient client = gateway.client("web").timeout(Duration.ofSeconds(60))) {
      long began = System.nanoTime();
      for (int i = 0; i < 2; i++) {
        client.send("GET /free/file HTTP/1.1\r\nHost: a\r\n\r\n");
        assertThat(client.readResponse().body()).isEqualTo(file);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(LEAST.multipliedBy(2));
      LimitsIT.assertRejected(gateway, "bandwidth");
      // Without its rate the site is as fast as the machine, for the connection that is open, too.
      gateway.replaceConfig(site(far.port("echo"), "", ""));
      assertThat(gateway.control("/reload").status()).isEqualTo(200);
      client.send("GET /free/file HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.readResponse().body()).isEqualTo(file);
    }
  }

  /** Sends a body to the echo and reads it back; the slower direction counts. */
  private static Duration posted(RawClient client, byte[] body) throws IOException {
    long began = System.nanoTime();
    Thread sender =
        Thread.startVirtualThread(
            () -> {
              try {
                client.send(
                    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: "
                        + body.length
                        + "\r\n\r\n");
                client.send(body);
              } catch (IOException failure) {
                throw new UncheckedIOException(failure);
              }
            });
    try {
      sender.join();
    } catch (InterruptedException stopped) {
      throw new IOException(stopped);
    }
    Response answer = client.readResponse();
    assertThat(answer.status()).isEqualTo(200);
    return Duration.ofNanos(System.nanoTime() - began);
  }

  private static Duration tunnel(GatewayFixture gateway, int to, int bytes) throws IOException {
    try (RawClient client = gateway.client("proxy").timeout(Duration.ofSeconds(60))) {
      client.send(
          "CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nProxy-Authorization: Basic %s\r\n\r\n"
              .formatted(to, to, Base64.getEncoder().encodeToString("ann:secret".getBytes(UTF_8))));
      assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 200");
      return echoed(client, bytes);
    }
  }

  /**
   * Sends in pieces that never fill a buffer, so that sending and reading do not wait for each
   * other.
   */
  private static Duration echoed(RawClient client, int bytes) throws IOException {
    byte[] all = random(bytes);
    all[0] = (byte) 0xF0; // no protocol but a raw echo begins so
    long began = System.nanoTime();
    int piece = 16 * 1024;
    for (int at = 0; at < bytes; at += piece) {
      byte[] some = Arrays.copyOfRange(all, at, Math.min(at + piece, bytes));
      client.send(some);
      assertThat(client.readExactly(some.length)).isEqualTo(some);
    }
    return Duration.ofNanos(System.nanoTime() - began);
  }

  private static byte[] random(int bytes) {
    byte[] all = new byte[bytes];
    new Random(bytes).nextBytes(all);
    return all;
  }

  private static String forward(String bandwidth) {
    return """
        listeners: { proxy: { bind: "127.0.0.1:0", proto: mixed, service: egress } }
        forward:
          egress:
            destinations: { private: allow, connect_ports: all }
            limits: { bandwidth: %s }
        """
        .formatted(bandwidth);
  }

  private String site(int echo, String limits, String routeLimits) {
    String held = routeLimits.isEmpty() ? "" : ", limits: { " + routeLimits + " }";
    return """
        listeners: { web: { bind: "127.0.0.1:0", proto: http, service: site } }
        http:
          site:
            default: true
            %s
            routes:
              - { id: slow, match: { path: /files/* }, files: { root: "%s" }%s }
              - { id: free, match: { path: /free/* }, files: { root: "%s" } }
              - { id: echo, match: { path: /echo }, upstream: far%s }
        upstreams: { far: { endpoints: [ { url: "http://127.0.0.1:%d" } ] } }
        """
        .formatted(limits, dir, held, dir, held, echo);
  }

  private byte[] file() throws IOException {
    byte[] file = random(BYTES);
    Files.write(Files.createDirectory(dir.resolve("files")).resolve("file"), file);
    Files.write(Files.createDirectory(dir.resolve("free")).resolve("file"), file);
    return file;
  }
}
