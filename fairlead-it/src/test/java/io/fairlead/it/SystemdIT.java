package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.it.NotifyListener.Notice;
import io.fairlead.testkit.Proc;
import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process below a service manager that listens on {@code NOTIFY_SOCKET}. */
class SystemdIT {
  private static final Duration START = Duration.ofSeconds(30);
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir private static Path cache;
  private static Launched fairlead;
  @TempDir private Path dir;
  private int port;

  @BeforeAll
  static void find() {
    fairlead = Launched.built(cache);
  }

  @BeforeEach
  void choosePort() throws IOException {
    port = NginxOrigin.freePort();
  }

  @Test
  void theManagerHearsOfTheWholeLifeOfTheProcess() throws Exception {
    write("one");
    String socket = dir.resolve("notify").toString();
    try (NotifyListener manager = NotifyListener.at(socket, dir);
        Proc gateway = start(socket, Map.of("WATCHDOG_USEC", "1000000"))) {
      await().atMost(START).until(() -> !manager.with("READY=1").isEmpty());
      assertThat(get()).as("ready means bound").isEqualTo("one");
      assertThat(manager.notices().getFirst().text()).isEqualTo("STATUS=starting");
      assertThat(manager.with("STATUS=serving on 1 listeners")).hasSize(1);

      write("two");
      gateway.signal("HUP");
      await().atMost(SOON).until(() -> manager.with("READY=1").size() == 2);
      assertThat(get()).as("ready means applied").isEqualTo("two");
      write("three: {");
      gateway.signal("HUP");
      await().atMost(SOON).until(() -> manager.with("READY=1").size() == 3);
      List<Notice> reloads = manager.with("RELOADING=1");
      assertThat(reloads).as("a refused file is a reload too").hasSize(2);
      for (Notice reload : reloads) {
        long said = Long.parseLong(reload.text().replaceAll(".*MONOTONIC_USEC=(\\d+).*", "$1"));
        assertThat(reload.atMicros() - said)
            .as("the clock of the manager")
            .isBetween(0L, SOON.toNanos() / 1000);
      }
      await()
          .atMost(SOON)
          .until(
              () ->
                  manager.notices().stream()
                      .anyMatch(notice -> notice.text().contains("was refused")));

      await().atMost(SOON).until(() -> manager.with("WATCHDOG=1").size() >= 5);
      List<Notice> pings = manager.with("WATCHDOG=1");
      long meanMicros =
          (pings.getLast().atMicros() - pings.getFirst().atMicros()) / (pings.size() - 1);
      assertThat(meanMicros).as("half of WATCHDOG_USEC").isBetween(490_000L, 800_000L);

      gateway.signal("TERM");
      assertThat(gateway.awaitExit(SOON)).as(gateway.stderr()).isZero();
      await().atMost(SOON).until(() -> !manager.with("STOPPING=1").isEmpty());
      assertThat(manager.with("STOPPING=1")).hasSize(1);
      assertThat(manager.with("EXTEND_TIMEOUT_USEC=15000000")).isNotEmpty();
      assertThat(manager.with("READY=1")).as("not ready again").hasSize(3);
    }
  }

  @Test
  void anUpgradeMakesTheNewProcessTheOneThatIsWatched() throws Exception {
    write("one");
    String socket = dir.resolve("notify").toString();
    Map<String, String> watchdog = Map.of("WATCHDOG_USEC", "1000000");
    try (NotifyListener manager = NotifyListener.at(socket, dir);
        Proc gateway = start(socket, watchdog)) {
      await().atMost(START).until(() -> !manager.with("READY=1").isEmpty());
      write("two");
      try (Proc upgrade = fairlead.start(dir, "upgrade", "-c", "fairlead.yaml")) {
        assertThat(upgrade.awaitExit(START)).as(upgrade.stderr() + gateway.stderr()).isZero();
      }
      await().atMost(SOON).until(() -> named(manager).isPresent());
      long successor = named(manager).orElseThrow();
      try {
        assertThat(successor).isNotEqualTo(gateway.pid());
        assertThat(gateway.awaitExit(SOON)).as(gateway.stderr()).isZero();
        assertThat(get()).isEqualTo("two");
        assertThat(manager.with("STATUS=starting")).as("the successor waits").hasSize(1);
        assertThat(manager.with("STOPPING=1")).as("the service goes on").isEmpty();
        assertThat(manager.with("MAINPID=" + successor)).hasSize(1);
        long pings = manager.with("WATCHDOG=1").size();
        await().atMost(SOON).until(() -> manager.with("WATCHDOG=1").size() > pings + 1);
        assertThat(manager.with("READY=1")).hasSize(2);
      } finally {
        ProcessHandle.of(successor).ifPresent(ProcessHandle::destroy);
      }
      await().atMost(SOON).until(() -> !manager.with("STOPPING=1").isEmpty());
    }
  }

  private static Optional<Long> named(NotifyListener manager) {
    return manager.notices().stream()
        .map(Notice::text)
        .filter(text -> text.startsWith("MAINPID="))
        .map(text -> Long.valueOf(text.substring("MAINPID=".length())))
        .findFirst();
  }

  @Test
  void anAbstractSocketAndSomebodyElsesWatchdog() throws Exception {
    write("one");
    String socket = "@fairlead-" + UUID.randomUUID();
    Map<String, String> watchdog = Map.of("WATCHDOG_USEC", "100000", "WATCHDOG_PID", "1");
    try (NotifyListener manager = NotifyListener.at(socket, dir);
        Proc gateway = start(socket, watchdog)) {
      await().atMost(START).until(() -> !manager.with("READY=1").isEmpty());
      gateway.signal("TERM");
      assertThat(gateway.awaitExit(SOON)).as(gateway.stderr()).isZero();
      await().atMost(SOON).until(() -> !manager.with("STOPPING=1").isEmpty());
      assertThat(manager.with("WATCHDOG=1")).isEmpty();
    }
  }

  @Test
  void nobodyListeningIsAWarningAndNoMore() throws Exception {
    write("one");
    String socket = dir.resolve("nobody").toString();
    try (Proc gateway = start(socket, Map.of())) {
      gateway.awaitPort(port, START);
      gateway.awaitLine("notice to the service manager dropped", SOON);
      assertThat(get()).isEqualTo("one");
      gateway.signal("TERM");
      assertThat(gateway.awaitExit(SOON)).as(gateway.stderr()).isZero();
    }
  }

  private Proc start(String socket, Map<String, String> more) throws IOException {
    Map<String, String> variables = new HashMap<>(more);
    variables.put("NOTIFY_SOCKET", socket);
    return fairlead.startIn(variables, dir, "run", "-c", "fairlead.yaml");
  }

  private String get() throws Exception {
    try (RawClient client = RawClient.connect(port)) {
      return client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").readResponse().text();
    }
  }

  private void write(String answer) throws IOException {
    String text =
        """
        version: 1
        runtime: { state_dir: state, drain: { stop: 20s, announce: 0s } }
        control: { listen: "127.0.0.1:0", socket: run/control.sock }
        listeners:
          web: { bind: "127.0.0.1:%d", proto: http, service: site }
        http:
          site:
            default: true
            routes:
              - { id: all, match: { path: /* }, respond: { status: 200, body: %s } }
        """
            .formatted(port, answer);
    GatewayFixture.replace(dir.resolve("fairlead.yaml"), text);
  }
}
