package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.time.Clock;
import io.fairlead.testkit.Proc;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Heads that never end, from 127.0.0.2 to 127.0.0.49, with a heap of 256 MiB. */
class SlowlorisIT {
  @TempDir Path dir;

  @Test
  void twoThousandStalledHeadsDoNotStopNormalTraffic() throws Exception {
    attack(2_000, 256, 28_000);
  }

  @Test
  @Tag("nightly")
  void tenThousandDoNotEither() throws Exception {
    attack(10_000, 256, 300);
  }

  /**
   * @param headBytes of each head, sent at once; then nothing more comes
   */
  private void attack(int count, int perSource, int headBytes) throws Exception {
    Launched fairlead = Launched.built(Files.createDirectories(dir.resolve("cache")));
    int port = NginxOrigin.freePort();
    Files.writeString(
        dir.resolve("fairlead.yaml"),
        """
        version: 1
        runtime: { state_dir: state, drain: { stop: 2s, announce: 0s } }
        control: { listen: "127.0.0.1:0", socket: run/control.sock }
        limits: { connections: 12000, connections_per_ip: %d, new_connections_per_ip: off }
        listeners:
          web: { bind: "127.0.0.1:%d", proto: http, service: site }
        http:
          site:
            default: true
            timeouts: { header: 15s }
            routes:
              - { id: all, match: { path: /* }, respond: { status: 200, body: fine } }
        """
            .formatted(perSource, port));
    List<SocketChannel> attackers = new ArrayList<>();
    try (Proc gateway = fairlead.startWith("-Xmx256m", dir, "run", "-c", "fairlead.yaml")) {
      gateway.awaitPort(port, Duration.ofSeconds(40));
      InetSocketAddress to = new InetSocketAddress("127.0.0.1", port);
      byte[] head =
          ("GET / HTTP/1.1\r\nHost: a\r\n"
                  + ("X: " + "x".repeat(995) + "\r\n").repeat(headBytes / 1000)
                  + "Y: ")
              .getBytes(StandardCharsets.US_ASCII);
      List<String> sources = OverloadIT.sources();
      for (int i = 0; i < count; i++) {
        SocketChannel attacker = SocketChannel.open();
        attackers.add(attacker);
        attacker.bind(new InetSocketAddress(sources.get(i % sources.size()), 0));
        attacker.connect(to);
        try {
          attacker.write(ByteBuffer.wrap(head));
        } catch (IOException shed) {
          attacker.close(); // the memory budget may refuse some
        }
      }
      long slowest = 0;
      int served = 0;
      try (RawClient client = RawClient.connect(port)) {
        for (int i = 0; i < 200; i++) {
          long began = Clock.system().nanos();
          StrictHttpParser.Response answer =
              client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
          slowest = Math.max(slowest, Clock.system().nanos() - began);
          if (answer.status() == 200) served++;
        }
      }
      System.out.printf(
          "slowloris: %d stalled heads of %d bytes; %d of 200 requests served, slowest %d ms;"
              + " RSS %d MiB; limits raised: new_connections_per_ip off%n",
          count, head.length, served, slowest / 1_000_000, OverloadIT.rss(gateway.pid()) >> 20);
      assertThat(served).isEqualTo(200);
      assertThat(Duration.ofNanos(slowest)).isLessThan(Duration.ofSeconds(5));
      assertThat(OverloadIT.rss(gateway.pid())).isLessThan(640L << 20);
      assertThat(gateway.alive()).isTrue();
      // Each of them is ended by the head's time.
      await()
          .atMost(Duration.ofSeconds(40))
          .untilAsserted(
              () -> assertThat(established(port)).as("stalled connections left").isZero());
      assertThat(gateway.stderr()).doesNotContain("OutOfMemory");
    } finally {
      for (SocketChannel attacker : attackers) attacker.close();
    }
  }

  /** Connections of the gateway's side that are open (proc(5), state 01). */
  private static long established(int port) throws IOException {
    String suffix = String.format(":%04X", port);
    return Files.readAllLines(Path.of("/proc/net/tcp")).stream()
        .map(line -> line.strip().split("\\s+"))
        .filter(columns -> columns.length > 3 && columns[1].endsWith(suffix))
        .filter(columns -> columns[3].equals("01"))
        .count();
  }
}
