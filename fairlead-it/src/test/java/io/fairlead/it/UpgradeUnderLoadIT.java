package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Upgrade after upgrade, while clients come and go and tunnels stay: nobody is refused, nobody is
 * reset, no byte is lost.
 */
class UpgradeUnderLoadIT {
  private static final int CLIENTS = 64;
  private static final int OPENERS = 8;
  private static final Duration TICK = Duration.ofMillis(40);

  @TempDir private static Path cache;
  private static Launched fairlead;
  @TempDir private Path dir;

  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicInteger duringHandOver = new AtomicInteger();
  private final AtomicBoolean handingOver = new AtomicBoolean();
  private final CountDownLatch over = new CountDownLatch(1);

  @BeforeAll
  static void find() {
    fairlead = Launched.built(cache);
  }

  @Test
  @Timeout(value = 420, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void tenUpgradesRefuseNoneOfTwentyThousand() throws Exception {
    upgrades(10, 20_000, 1_000, 2_000);
  }

  private void upgrades(int times, int requestsMin, int duringMin, int tunnelsWanted)
      throws Exception {
    int echo = NginxOrigin.freePort();
    int mixed = NginxOrigin.freePort();
    assertThat(tunnelsPossible())
        .as("tunnels that `ulimit -n` leaves room for; raise it")
        .isGreaterThanOrEqualTo(tunnelsWanted);
    ExecutorService openers = Executors.newFixedThreadPool(OPENERS);
    try (var gateway = UpgradingGateway.start(fairlead, dir, config(echo, mixed), mixed)) {
      List<Tunnel> tunnels = open(openers, mixed, echo, tunnelsWanted);
      List<Thread> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        int client = i;
        clients.add(Thread.ofPlatform().daemon().start(() -> keepAsking(echo, client)));
      }
      List<Long> passing = new ArrayList<>();
      List<Long> whole = new ArrayList<>();
      for (int round = 1; round <= times; round++) {
        long before = gateway.pid();
        handingOver.set(true);
        UpgradingGateway.Answer answer = gateway.upgrade("{\"timeout\":\"60s\"}");
        handingOver.set(false);
        assertThat(answer.status()).as("%s%n%s", answer.body(), gateway.log()).isEqualTo(202);
        passing.add(answer.body().get("passing_ms").longValue());
        whole.add(answer.body().get("took_ms").longValue());
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> gateway.pid() != before);
        exchange(openers, tunnels);
        int share = requestsMin * round / times;
        Awaitility.await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> answered.get() >= share || !failures.isEmpty());
        assertThat(failures).as("after upgrade %d", round).isEmpty();
      }
      over.countDown();
      for (Thread client : clients) client.join(Duration.ofSeconds(25));
      for (Tunnel tunnel : tunnels) tunnel.end();
      assertThat(failures).isEmpty();
      assertThat(answered.get()).as("requests").isGreaterThanOrEqualTo(requestsMin);
      assertThat(duringHandOver.get())
          .as("requests begun during hand-overs")
          .isGreaterThanOrEqualTo(duringMin);
      System.out.printf(
          "upgrades %d, requests %d, of them during hand-overs %d, tunnels %d; passing ms %s, whole"
              + " ms %s%n",
          times, answered.get(), duringHandOver.get(), tunnels.size(), passing, whole);
    } finally {
      over.countDown();
      openers.shutdownNow();
    }
  }

  private void keepAsking(int port, int client) {
    for (int i = 0; !ended(); i++) {
      String path = "/" + client + "/" + i;
      boolean during = handingOver.get();
      try {
        String answer = UpgradingGateway.fetch(port, path);
        if (answer.startsWith("HTTP/1.1 200") && answer.contains("\"path\":\"" + path + "\"")) {
          answered.incrementAndGet();
          if (during) duringHandOver.incrementAndGet();
        } else {
          failures.add(path + ": " + answer);
        }
      } catch (IOException failure) {
        failures.add(path + ": " + failure);
      }
    }
  }

  /** Whether it is over; takes a moment, so that the clients leave the gateway a processor. */
  private boolean ended() {
    try {
      return over.await(TICK.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      return true;
    }
  }

  private List<Tunnel> open(ExecutorService openers, int mixed, int echo, int count)
      throws Exception {
    List<Callable<Tunnel>> wanted = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int seed = i;
      wanted.add(() -> new Tunnel(mixed, echo, seed));
    }
    List<Tunnel> tunnels = new ArrayList<>();
    for (Future<Tunnel> tunnel : openers.invokeAll(wanted, 120, TimeUnit.SECONDS)) {
      tunnels.add(tunnel.get());
    }
    return tunnels;
  }

  private static void exchange(ExecutorService openers, List<Tunnel> tunnels) throws Exception {
    List<Callable<Void>> wanted = new ArrayList<>();
    for (Tunnel tunnel : tunnels) {
      wanted.add(
          () -> {
            tunnel.exchange();
            return null;
          });
    }
    for (Future<Void> done : openers.invokeAll(wanted, 60, TimeUnit.SECONDS)) done.get();
  }

  /** Each tunnel costs the gateway's first process four descriptors and the test one. */
  private static int tunnelsPossible() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? (int) Math.min(100_000, (unix.getMaxFileDescriptorCount() * 8 / 10 - 600) / 4)
        : 500;
  }

  private static String config(int echo, int mixed) {
    return """
        limits: { connections: off, connections_per_ip: off, new_connections_per_ip: off, event_loop_delay: off }
        listeners:
          echo: { bind: "127.0.0.1:%1$d", proto: echo }
          mixed: { bind: "127.0.0.1:%2$d", proto: mixed, service: egress }
        forward:
          egress:
            destinations: { private: deny, connect_ports: all, allow: ["127.0.0.1:%1$d"] }
        """
        .formatted(echo, mixed);
  }

  /** A tunnel through the forward proxy to the echo service; every byte is accounted for. */
  private static final class Tunnel {
    private final Socket socket;
    private final Random random;
    private final MessageDigest sent = sha256();
    private final MessageDigest received = sha256();

    Tunnel(int mixed, int echo, int seed) throws IOException {
      random = new Random(seed);
      socket = new Socket("127.0.0.1", mixed);
      socket.setSoTimeout(20_000);
      String authority = "127.0.0.1:" + echo;
      socket
          .getOutputStream()
          .write(
              ("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      StringBuilder head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        int octet = socket.getInputStream().read();
        if (octet < 0) throw new IOException("tunnel " + seed + ": " + head);
        head.append((char) octet);
      }
      if (!head.toString().startsWith("HTTP/1.1 200")) throw new IOException(head.toString());
      exchange();
    }

    void exchange() throws IOException {
      byte[] chunk = new byte[64 + random.nextInt(4000)];
      random.nextBytes(chunk);
      chunk[0] = (byte) 0xF0; // no protocol but raw echo begins so
      sent.update(chunk);
      socket.getOutputStream().write(chunk);
      byte[] back = socket.getInputStream().readNBytes(chunk.length);
      if (back.length < chunk.length) throw new IOException("the tunnel ended");
      received.update(back);
    }

    void end() throws IOException {
      exchange();
      socket.shutdownOutput();
      InputStream rest = socket.getInputStream();
      assertThat(rest.read()).as("nothing behind the last byte").isEqualTo(-1);
      assertThat(Arrays.equals(sent.digest(), received.digest())).as("hashes").isTrue();
      socket.close();
    }

    private static MessageDigest sha256() {
      try {
        return MessageDigest.getInstance("SHA-256");
      } catch (java.security.NoSuchAlgorithmException absent) {
        throw new IllegalStateException(absent);
      }
    }
  }
}
