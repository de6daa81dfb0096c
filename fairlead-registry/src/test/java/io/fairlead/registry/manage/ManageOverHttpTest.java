package io.fairlead.registry.manage;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import io.fairlead.registry.action.ReloadConfig;
import io.fairlead.registry.action.VerifyConfig;
import io.fairlead.registry.manage.ManageSettings.Pace;
import io.fairlead.registry.manage.ManageSettings.Strictness;
import io.fairlead.testkit.Proc;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scenarios of a list in a file, with a list on a web server. */
class ManageOverHttpTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Strictness COMPATIBLE = new Strictness(true, OptionalInt.of(6));
  private static final Pace ONCE = new Pace(Duration.ofMillis(50), true);
  private static final String FILE =
      """
      # proxy of rack 7
      subscribe:
        - 93.184.0.11:8500   # one
        # bought in May
        - 93.184.0.12:8500   # two
        - 93.184.0.13:8500
      other: &n [ 1 ]
      """;
  private static final String WITHOUT_12 =
      FILE.replace("  # bought in May\n  - 93.184.0.12:8500   # two\n", "");

  @TempDir Path folder;
  private volatile String list = "[]";
  private HttpServer lists;
  private Path config;
  private Path pidFile;
  private Proc proxy;

  @BeforeEach
  void start() throws Exception {
    lists = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    lists.createContext(
        "/",
        exchange -> {
          byte[] body = list.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    lists.start();
    config = Files.writeString(folder.resolve("proxy.yaml"), FILE);
    proxy =
        Proc.start(
            "sh",
            "-c",
            "n=0; trap 'n=$((n+1)); echo hup $n' HUP; echo ready; while :; do sleep 0.02; done");
    proxy.awaitLine("ready", SOON);
    pidFile = folder.resolve("proxy.pid");
  }

  @AfterEach
  void stop() {
    proxy.close();
    lists.stop(0);
  }

  @Test
  void inSyncNothingIsWrittenAndNobodyIsTold() throws Exception {
    listed(11, 12, 13);
    Object before = Files.readAttributes(config, "unix:ino,lastModifiedTime,ctime,size");
    assertThat(once(Strictness.NONE, Pause.system())).isZero();
    assertThat(once(Strictness.NONE, Pause.system())).isZero();
    assertThat((Object) Files.readAttributes(config, "unix:ino,lastModifiedTime,ctime,size"))
        .isEqualTo(before);
    assertThat(proxy.stdout()).doesNotContain("hup");
  }

  @Test
  void aReloadThatIsOwedIsSentByTheNextLoop() throws Exception {
    listed(11, 13);
    assertThat(once(Strictness.NONE, ManageOverHttpTest::hurried)).isEqualTo(5);
    assertThat(config).hasContent(WITHOUT_12);
    Files.writeString(pidFile, "" + proxy.pid());
    assertThat(once(Strictness.NONE, Pause.system())).isZero();
    proxy.awaitLine("hup 1", SOON);
  }

  @Test
  void whatTheProcessDoesNotSurviveIsUndoneAndTheRevokedStaysOut() throws Exception {
    Files.writeString(pidFile, "" + proxy.pid());
    listed(11, 13);
    assertThat(once(COMPATIBLE, Pause.system())).isZero();
    list =
        "[\"93.184.0.11:8500\", \"93.184.0.12:8500\","
            + " {\"endpoints\": [\"93.184.0.13:8500\"], \"status\": \"revoked\"}]";
    assertThat(once(COMPATIBLE, Pause.system())).as("12 makes it fail").isEqualTo(5);
    assertThat(config).hasContent(WITHOUT_12.replace("  - 93.184.0.13:8500\n", ""));
    proxy.awaitLine("hup 3", SOON);
  }

  @Test
  void aPidFileThatIsAwayForAMomentIsWaitedFor() throws Exception {
    listed(11, 13);
    var _ =
        CompletableFuture.runAsync(
            () -> {
              try {
                Path next = Files.writeString(folder.resolve("next.pid"), "" + proxy.pid());
                Files.move(next, pidFile);
              } catch (java.io.IOException failure) {
                throw new java.io.UncheckedIOException(failure);
              }
            },
            CompletableFuture.delayedExecutor(500, TimeUnit.MILLISECONDS));
    assertThat(once(Strictness.NONE, Pause.system())).isZero();
    proxy.awaitLine("hup 1", SOON);
  }

  @Test
  void aRecycledNumberGetsNoSignal() throws Exception {
    listed(11, 13);
    Files.writeString(pidFile, "" + proxy.pid());
    Files.setLastModifiedTime(pidFile, FileTime.from(Instant.now().minusSeconds(3600)));
    assertThat(once(Strictness.NONE, ManageOverHttpTest::hurried)).isEqualTo(5);
    assertThat(proxy.stdout()).doesNotContain("hup");
  }

  @Test
  void modeAndLineEndsAndLinksAreKept() throws Exception {
    Files.writeString(pidFile, "" + proxy.pid());
    Path real = Files.createDirectory(folder.resolve("real")).resolve("p.yaml");
    Files.writeString(real, FILE.stripTrailing().replace("\n", "\r\n"));
    Files.setPosixFilePermissions(real, PosixFilePermissions.fromString("rw-r-----"));
    Files.delete(config);
    Files.createSymbolicLink(config, real);
    listed(11, 13);
    assertThat(once(Strictness.NONE, Pause.system())).isZero();
    assertThat(Files.readString(real)).isEqualTo(WITHOUT_12.stripTrailing().replace("\n", "\r\n"));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(real)))
        .isEqualTo("rw-r-----");
    assertThat(config).isSymbolicLink();
  }

  @Test
  void fiveThousandLinesWithTwoHundredChangesAreOneEditAndOneSignal() throws Exception {
    Files.writeString(pidFile, "" + proxy.pid());
    List<String> all = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) all.add("93.184." + i / 250 + "." + i % 250 + ":8500");
    Files.writeString(
        config,
        all.stream()
            .map(each -> "  - " + each + "\n")
            .collect(Collectors.joining("", "subscribe:\n", "")));
    list = json(all);
    assertThat(once(Strictness.NONE, Pause.system())).isZero();
    List<String> left = new ArrayList<>(all);
    for (int i = 199; i >= 0; i--) left.remove(i * 20);
    list = json(left);
    assertThat(once(Strictness.NONE, Pause.system())).isZero();
    proxy.awaitLine("hup 1", SOON);
    assertThat(Files.readAllLines(config)).hasSize(4_801);
    assertThat(folder.resolve("proxy.yaml.bak.1")).exists();
    assertThat(folder.resolve("proxy.yaml.bak.2")).doesNotExist();
    assertThat(proxy.stdout()).doesNotContain("hup 2");
  }

  private void listed(int... last) {
    List<String> all = new ArrayList<>();
    for (int each : last) all.add("93.184.0." + each);
    list = json(all);
  }

  private static String json(List<String> all) {
    return all.stream().map(each -> "\"" + each + "\"").collect(Collectors.joining(",", "[", "]"));
  }

  /** Waiting between two tries is not what is tested. */
  private static void hurried(Duration length) throws InterruptedException {
    Pause.system().sleep(length.dividedBy(50));
  }

  private int once(Strictness strictness, Pause pause) throws Exception {
    VerifyConfig verify =
        new VerifyConfig.Exec(
            List.of(
                "sh",
                "-c",
                "! { grep -q 93.184.0.12: '"
                    + config
                    + "' && ! grep -q 93.184.0.13: '"
                    + config
                    + "'; }"),
            List.of(0),
            new VerifyConfig.Timing(
                Duration.ZERO, Duration.ofMillis(20), Duration.ofMillis(300), Duration.ZERO));
    ManageSettings settings =
        new ManageSettings(
            config,
            ManageSettings.DEFAULT_PATH,
            "http://127.0.0.1:" + lists.getAddress().getPort() + "/list.json",
            ManageSettings.DEFAULT_PORT,
            ReloadConfig.PidPath.of(pidFile),
            verify,
            strictness,
            false,
            ONCE,
            folder.resolve("state"));
    return new ManageLoop(
            settings,
            new Meters(new SimpleMeterRegistry()),
            Map.of(),
            Clock.system(),
            pause,
            Randomness.system())
        .run();
  }
}
