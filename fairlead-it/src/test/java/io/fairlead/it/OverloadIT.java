package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.time.Clock;
import io.fairlead.testkit.Proc;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three times more work than the gateway can do, in a process with a heap of 256 MiB: what it holds
 * stays within its budget, the operator gets through, and afterwards all is well again.
 */
class OverloadIT {
  private static final Duration START = Duration.ofSeconds(40);
  private static final int BUDGET_MIB = 16;
  private static final long MIB = 1024 * 1024;
  private static final int SLOW_READERS = 600;

  private static final Duration PAUSE = Duration.ofMillis(50);

  @TempDir Path dir;

  @Test
  void atThreeTimesItsCapacityTheBudgetHoldsAndTheOperatorGetsThrough() throws Exception {
    Launched fairlead = Launched.built(Files.createDirectories(dir.resolve("cache")));
    int port = NginxOrigin.freePort();
    int control = NginxOrigin.freePort();
    try (BulkOrigin origin = BulkOrigin.start()) {
      write(port, control, origin.port(), 0);
      try (Proc gateway =
          fairlead.startWith(
              "-Xmx256m -XX:MaxDirectMemorySize=256m", dir, "run", "-c", "fairlead.yaml")) {
        gateway.awaitPort(port, START);
        overload(gateway, port, control, origin);
        assertThat(gateway.alive()).as(gateway.stderr()).isTrue();
        assertThat(gateway.stderr()).doesNotContain("OutOfMemory", "OutOfDirectMemory");
      }
    }
  }

  private void overload(Proc gateway, int port, int control, BulkOrigin origin) throws Exception {
    Load.closed(port, 4, 32, Duration.ofSeconds(2)); // compiles what is hot
    double capacity = Load.closed(port, 4, 32, Duration.ofSeconds(2)).perSecond();
    System.out.printf(
        "overload: capacity %.0f requests/s with 32 connections; offered: 3 times as many"
            + " connections from 48 sources without pause, and %d slow readers of 64 MiB;"
            + " limits raised: connections_per_ip off, new_connections_per_ip off; memory %d MiB%n",
        capacity, SLOW_READERS, BUDGET_MIB);

    AtomicLong slowestLive = new AtomicLong();
    AtomicLong ownDelay = new AtomicLong(); // how long the machine kept us from running
    AtomicLong mostRss = new AtomicLong();
    AtomicLong mostUsed = new AtomicLong();
    LongAdder looks = new LongAdder();
    LongAdder late = new LongAdder();
    AtomicBoolean over = new AtomicBoolean();
    Thread watch =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (!over.get()) {
                    long before = Clock.system().nanos();
                    LockSupport.parkNanos(PAUSE.toNanos());
                    long began = Clock.system().nanos();
                    ownDelay.accumulateAndGet(began - before - PAUSE.toNanos(), Math::max);
                    try (RawClient client = RawClient.connect(control)) {
                      get(client, "/livez", 200);
                      long took = Clock.system().nanos() - began;
                      slowestLive.accumulateAndGet(took, Math::max);
                      if (took >= Duration.ofSeconds(1).toNanos()) late.increment();
                      String metrics = get(client, "/metrics", 200);
                      mostUsed.accumulateAndGet(
                          (long) metric(metrics, "fairlead_memory_budget_bytes{kind=\"used\"}"),
                          Math::max);
                      mostRss.accumulateAndGet(rss(gateway.pid()), Math::max);
                      looks.increment();
                    } catch (IOException failure) {
                      slowestLive.set(Long.MAX_VALUE);
                    }
                  }
                });

    Load.Result offered;
    int reloads = 0;
    try (SlowReaders slow = SlowReaders.open(port, SLOW_READERS, "/bulk")) {
      Load load = Load.start(port, 3 * 4, 3 * 32 * 4);
      Deadline end = Deadline.in(Clock.system(), Duration.ofSeconds(6));
      while (!end.passed()) {
        write(port, control, origin.port(), ++reloads);
        try (RawClient operator = RawClient.connect(control)) {
          long began = Clock.system().nanos();
          get(operator, "/reload", 200);
          assertThat(Duration.ofNanos(Clock.system().nanos() - began))
              .as("a reload under load")
              .isLessThan(Duration.ofSeconds(10));
        }
        assertThat(generation(port)).as("what is served follows").isEqualTo(reloads);
      }
      offered = load.stop();
    }
    long ended = Clock.system().nanos();
    await()
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(100))
        .untilAsserted(() -> assertThat(ailment(port, control)).isEmpty());
    Duration recovery = Duration.ofNanos(Clock.system().nanos() - ended);
    over.set(true);
    watch.join();
    System.out.printf(
        "overload: %.0f answers/s (%d of them 503), %d reloads, slowest /livez %d ms in %d looks"
            + " (we ourselves were kept waiting for %d ms),"
            + " budget used at most %.1f MiB, RSS at most %.0f MiB, well again after %d ms%n",
        offered.perSecond(),
        offered.refused(),
        reloads,
        slowestLive.get() / 1_000_000,
        looks.sum(),
        ownDelay.get() / 1_000_000,
        mostUsed.get() / (double) MIB,
        mostRss.get() / (double) MIB,
        recovery.toMillis());

    // A machine that is busy otherwise may keep both sides of one question from running.
    assertThat(late.sum()).as("answers after a second").isLessThanOrEqualTo(looks.sum() / 20);
    assertThat(Duration.ofNanos(slowestLive.get() - 2 * ownDelay.get()))
        .isLessThan(Duration.ofSeconds(1));
    assertThat(looks.sum()).as("looks").isGreaterThan(5);
    assertThat(reloads).isPositive();
    assertThat(mostUsed.get()).as("the budget is put under pressure").isGreaterThan(12 * MIB);
    assertThat(mostUsed.get()).as("and holds").isLessThanOrEqualTo(BUDGET_MIB * MIB * 5 / 4);
    // Heap 256, direct at most 256, and what the JVM itself takes.
    assertThat(mostRss.get()).isLessThan(640 * MIB);
    assertThat(offered.answered() - offered.refused()).as("useful work goes on").isPositive();
    assertThat(offered.broken()).as("answers cut short").isZero();
    assertThat(recovery).isLessThan(Duration.ofSeconds(10));
  }

  /** What is not well yet. */
  private String ailment(int port, int control) {
    try (RawClient client = RawClient.connect(port);
        RawClient operator = RawClient.connect(control)) {
      String metrics = get(operator, "/metrics", 200);
      if (metric(metrics, "fairlead_memory_pressure") > 0) return "memory: " + figures(metrics);
      get(client, "/small", 200);
      return "";
    } catch (IOException notYet) {
      return notYet.toString();
    }
  }

  private static String figures(String metrics) {
    return metrics
        .lines()
        .filter(
            line ->
                line.startsWith("fairlead_memory")
                    || line.startsWith("fairlead_connections_open")
                    || line.startsWith("fairlead_buffer")
                    || line.startsWith("fairlead_limit_rejections"))
        .toList()
        .toString();
  }

  private static int generation(int port) throws IOException {
    // Refused with 503 while it is overloaded: whoever was told to come back comes back.
    Deadline end = Deadline.in(Clock.system(), Duration.ofSeconds(30));
    while (!end.passed()) {
      try (RawClient client = RawClient.connect("127.0.0.60", at(port))) {
        StrictHttpParser.Response answer =
            client.send("GET /generation HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
        if (answer.status() == 200) return Integer.parseInt(answer.text());
        client.silentFor(Duration.ofMillis(100));
      } catch (IOException shed) {
        LockSupport.parkNanos(PAUSE.toNanos()); // closed after the accept
      }
    }
    return -1;
  }

  /** With the token of the control API; on other ports nobody looks at it. */
  private String get(RawClient client, String path, int status) throws IOException {
    String token = Files.readString(dir.resolve("state/control.token")).strip();
    StrictHttpParser.Response answer =
        client
            .send(
                "GET "
                    + path
                    + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
                    + token
                    + "\r\n\r\n")
            .readResponse();
    if (answer.status() != status) throw new IOException(path + ": " + answer.status());
    return answer.text();
  }

  static double metric(String page, String name) {
    return page.lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .sum();
  }

  static long rss(long pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith("VmRSS:")) return Long.parseLong(line.split("\\s+")[1]) * 1024;
    }
    throw new IOException("no VmRSS of " + pid);
  }

  private static InetSocketAddress at(int port) {
    return new InetSocketAddress("127.0.0.1", port);
  }

  private void write(int port, int control, int origin, int generation) throws IOException {
    GatewayFixture.replace(
        dir.resolve("fairlead.yaml"),
        """
        version: 1
        runtime: { state_dir: state, drain: { stop: 2s, announce: 0s } }
        control: { listen: "127.0.0.1:%d", socket: run/control.sock }
        limits:
          memory: %dMiB
          connections_per_ip: off
          new_connections_per_ip: off
        listeners:
          web: { bind: "127.0.0.1:%d", proto: http, service: site }
        http:
          site:
            default: true
            routes:
              - id: generation
                match: { path: /generation }
                respond: { status: 200, body: "%d" }
              - { id: rest, match: { path: /* }, upstream: origin }
        upstreams:
          origin: { endpoints: [ { url: "http://127.0.0.1:%d" } ] }
        """
            .formatted(control, BUDGET_MIB, port, generation, origin));
  }

  /** Sources of load: 127.0.0.2 to 127.0.0.49. */
  static List<String> sources() {
    List<String> sources = new ArrayList<>();
    for (int i = 2; i < 50; i++) sources.add("127.0.0." + i);
    return sources;
  }
}
