package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * A thousand open tunnels, every other a web socket, a hundred changes that do not concern them,
 * every byte accounted for.
 */
class TunnelsSurviveReloadsIT {
  private static final int TUNNELS = 1000;
  private static final int RELOADS = 100;
  private static final String LIMITS =
      "limits: { connections_per_ip: off, new_connections_per_ip: off, event_loop_delay: off }\n";

  private static final int FRAME_MIN = 126; // shorter ones have another head

  private static final String UPGRADE =
      "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicLong bytes = new AtomicLong();
  private final CountDownLatch open = new CountDownLatch(TUNNELS);

  @Test
  void aThousandTunnelsAndWebSocketsSurviveAHundredUnrelatedReloadsByteExact() throws Exception {
    try (var far =
            GatewayFixture.start(
                LIMITS + "listeners: { echo: { bind: \"127.0.0.1:0\", proto: echo } }");
        var gateway = GatewayFixture.start(config(0, far.port("echo")))) {
      List<Thread> tunnels =
          IntStream.range(0, TUNNELS)
              .mapToObj(i -> Thread.ofVirtual().start(() -> tunnel(gateway, far.port("echo"), i)))
              .toList();
      assertThat(open.await(90, TimeUnit.SECONDS)).as("tunnels open; %s", failures).isTrue();
      for (int round = 1; round <= RELOADS; round++) {
        gateway.replaceConfig(config(round, far.port("echo")));
        assertThat(gateway.api().post("/v1/reload").status()).isEqualTo(200);
      }
      over.set(true);
      for (Thread tunnel : tunnels) tunnel.join();
      assertThat(failures).isEmpty();
      assertThat(bytes.get()).as("bytes through the tunnels").isGreaterThan(TUNNELS * 1024L);
      assertThat(gateway.gateway().configuration().running().current().snapshot().version())
          .isEqualTo(RELOADS + 1);
    }
  }

  private void tunnel(GatewayFixture gateway, int echoPort, int seed) {
    boolean web = seed % 2 == 1;
    boolean counted = false;
    try (RawClient client = gateway.client(web ? "web" : "mixed").timeout(Duration.ofMinutes(1))) {
      String authority = "127.0.0.1:" + echoPort;
      client.send(
          web ? UPGRADE : "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n");
      String head = client.readUntil("\r\n\r\n");
      if (!head.startsWith(web ? "HTTP/1.1 101" : "HTTP/1.1 200")) {
        failures.add("tunnel " + seed + ": " + head);
        return;
      }
      counted = true;
      open.countDown();
      exchange(client, seed, web);
    } catch (IOException | RuntimeException failure) {
      failures.add("tunnel " + seed + ": " + failure);
    } finally {
      if (!counted) open.countDown();
    }
  }

  private void exchange(RawClient client, int seed, boolean web) throws IOException {
    Random random = new Random(seed);
    MessageDigest sent = sha256();
    MessageDigest received = sha256();
    // First byte outside ASCII: no protocol but raw echo begins so.
    byte[] chunk = new byte[FRAME_MIN + random.nextInt(4000)];
    do {
      random.nextBytes(chunk);
      chunk[0] = (byte) 0xF0;
      sent.update(chunk);
      if (web) client.send(frameHead(chunk.length, true));
      client.send(chunk);
      if (web && !Arrays.equals(client.readExactly(4), frameHead(chunk.length, false))) {
        failures.add("tunnel " + seed + ": another frame than the one sent");
      }
      byte[] back = client.readExactly(chunk.length);
      received.update(back);
      bytes.addAndGet(chunk.length);
    } while (!over.get());
    if (!web) client.halfClose();
    InputStream rest = client.input();
    if (!web && rest.read() != -1) failures.add("tunnel " + seed + ": bytes after the end");
    String expected = HexFormat.of().formatHex(sent.digest());
    String actual = HexFormat.of().formatHex(received.digest());
    if (!expected.equals(actual)) failures.add("tunnel " + seed + ": hash differs");
  }

  /** Of a binary frame (RFC 6455 §5.2) of 126 bytes or more; masked with zeros, or not at all. */
  private static byte[] frameHead(int length, boolean masked) {
    byte[] head = new byte[masked ? 8 : 4];
    head[0] = (byte) 0x82;
    head[1] = (byte) (masked ? 0xFE : 0x7E);
    head[2] = (byte) (length >> 8);
    head[3] = (byte) length;
    return head;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (java.security.NoSuchAlgorithmException absent) {
      throw new IllegalStateException(absent);
    }
  }

  private static String config(int round, int echo) {
    return LIMITS
        + """
        listeners:
          mixed: { bind: "127.0.0.1:0", proto: mixed, service: egress }
          web: { bind: "127.0.0.1:0", proto: http, service: site }
        forward:
          egress: { destinations: { private: allow, connect_ports: all } }
        http:
          site:
            default: true
            routes:
              - { id: ws, match: { path: /ws }, upstream: echo, websocket: true }
              - { id: r, match: { path: /* }, respond: { status: 200, body: "round %d" } }
        upstreams: { echo: { endpoints: [ { url: "http://127.0.0.1:%d" } ] } }
        """
            .formatted(round, echo);
  }
}
