package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import io.fairlead.testkit.RecordingServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code fairlead manage} as a process: killed at each step of its work, and next to a file that is
 * a mount point.
 */
class ManageIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String BEFORE =
      "# rack 7\nsubscribe:\n  - 10.0.0.11:8500\n  - 10.0.0.12:8500 # two\nx: 1\n";
  private static final String AFTER = BEFORE.replace("  - 10.0.0.12:8500 # two\n", "");

  @TempDir private static Path cache;
  private static Launched launched;
  @TempDir private Path folder;
  private Path config;
  private Path journal;
  private Path pidFile;
  private Proc proxy;

  @BeforeAll
  static void find() {
    launched = Launched.built(cache);
  }

  @BeforeEach
  void start() throws Exception {
    config = Files.writeString(folder.resolve("proxy.yaml"), BEFORE);
    Files.writeString(folder.resolve("proxy_list.txt"), "10.0.0.11\n");
    journal = folder.resolve("state/registry.manage.journal");
    pidFile = folder.resolve("proxy.pid");
    proxy =
        Proc.start(
            "sh",
            "-c",
            "n=0; trap 'n=$((n+1)); echo hup $n' HUP; echo ready; while :; do sleep 0.05; done");
    proxy.awaitLine("ready", SOON);
  }

  @AfterEach
  void stop() {
    if (proxy != null) proxy.close();
  }

  @Test
  void killedBeforeTheFileIsWrittenItStartsAnew() throws Exception {
    Files.writeString(pidFile, "" + proxy.pid());
    // Somebody else holds the file's lock, so the plan waits between its first two steps.
    try (FileChannel lock =
        FileChannel.open(
            folder.resolve("proxy.yaml.lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE)) {
      lock.lock();
      try (Proc manage = manage("pid-path", "--pid-path", pidFile.toString())) {
        await().atMost(SOON).until(() -> Files.exists(journal));
        kill(manage);
      }
    }
    assertThat(config).hasContent(BEFORE);
    assertThat(Files.readString(journal)).doesNotContain("WRITTEN");
    finished("pid-path", "--pid-path", pidFile.toString());
    assertThat(config).hasContent(AFTER);
    proxy.awaitLine("hup 1", SOON);
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "http"})
  void killedBetweenFileAndReloadItSendsTheReload(String source) throws Exception {
    try (var lists =
        RecordingServer.http(_ -> RecordingServer.response(200, "[\"93.184.0.11:8500\"]"))) {
      String[] words =
          source.equals("file")
              ? new String[] {"pid-path", "--pid-path", pidFile.toString()}
              : new String[] {
                "--source",
                "http://127.0.0.1:" + lists.port() + "/list",
                "pid-path",
                "--pid-path",
                pidFile.toString()
              };
      if (source.equals("http")) Files.writeString(config, elsewhere(BEFORE));
      reloadSentAfterKill(words, source.equals("http") ? elsewhere(AFTER) : AFTER);
    }
  }

  /** Lists of web servers may name public addresses only. */
  private static String elsewhere(String text) {
    return text.replace("10.0.0.", "93.184.0.");
  }

  private void reloadSentAfterKill(String[] words, String after) throws Exception {
    try (Proc manage = manage(words)) {
      awaitStep("WRITTEN");
      kill(manage);
    }
    assertThat(config).hasContent(after);
    assertThat(proxy.stdout()).doesNotContain("hup");
    // As if the crash had come before the step was noted: the file is written, the journal not.
    Files.writeString(journal, Files.readString(journal).replace("WRITTEN\n", ""));
    Files.writeString(pidFile, "" + proxy.pid());
    finished(words);
    proxy.awaitLine("hup 1", SOON);
    assertThat(config).hasContent(after);
  }

  @Test
  void killedBetweenReloadAndVerificationItVerifies() throws Exception {
    Files.writeString(pidFile, "" + proxy.pid());
    int port = NginxOrigin.freePort();
    String[] words = {
      "--verify", "127.0.0.1:" + port, "pid-path", "--pid-path", pidFile.toString()
    };
    try (Proc manage = manage(words)) {
      awaitStep("RELOADED");
      kill(manage);
    }
    assertThat(config).hasContent(AFTER);
    try (ServerSocket up = new ServerSocket(port, 50, InetAddress.getByName("127.0.0.1"))) {
      finished(words);
      assertThat(up.isBound()).isTrue();
    }
    assertThat(config).hasContent(AFTER);
  }

  @Test
  void aGatewayWithAStrictTargetEndsWithSixAndChangesNothing() throws Exception {
    Files.writeString(folder.resolve("proxy_list.txt"), "10.0.0.11\n10.0.0.99\n");
    Files.writeString(
        folder.resolve("fairlead.yaml"),
        """
        version: 1
        runtime: { state_dir: state }
        control: { listen: "127.0.0.1:0" }
        registry:
          sources: [ { name: main, type: file, path: proxy_list.txt, default_port: 8500 } ]
          targets:
            - name: legacy
              kind: external_config
              source: main
              policy: strict
              file: proxy.yaml
              default_port: 8500
        """);
    try (Proc gateway = launched.start(folder, "run", "-c", "fairlead.yaml")) {
      assertThat(gateway.awaitExit(SOON)).as(gateway.stderr()).isEqualTo(6);
      assertThat(gateway.stderr()).contains("10.0.0.99:8500");
    }
    assertThat(config).hasContent(BEFORE);
  }

  /** A file that is itself a mount is the usual thing in a container. */
  @Test
  void aMountPointIsWrittenInPlace() throws Exception {
    Path outside = Files.writeString(folder.resolve("outside.yaml"), BEFORE);
    Object inode = Files.getAttribute(outside, "unix:ino");
    List<String> command =
        new ArrayList<>(
            List.of(
                Peers.require("unshare").toString(),
                "--mount",
                "sh",
                "-c",
                "mount --bind \"$1\" \"$2\" && shift 2 && exec \"$@\"",
                "sh",
                outside.toString(),
                config.toString()));
    command.addAll(launched.command(words("--once", "pid", "--pid", "" + proxy.pid())));
    try (Proc manage = Proc.start(command, folder, launched.environment())) {
      int exit = manage.awaitExit(SOON);
      boolean forbidden = exit != 0 && manage.stderr().contains("ermi");
      Assumptions.assumeFalse(forbidden, "no mounts here: " + manage.stderr());
      assertThat(exit).as(manage.stderr()).isZero();
    }
    assertThat(outside).hasContent(AFTER);
    assertThat(Files.getAttribute(outside, "unix:ino")).isEqualTo(inode);
    proxy.awaitLine("hup 1", SOON);
  }

  @Test
  void theOldProgramsEnvironmentFileCounts() throws Exception {
    Files.writeString(folder.resolve(".env"), "RUST_LOG=proxy_manager=debug\n");
    Files.writeString(folder.resolve("proxy_list.txt"), "10.0.0.11\n10.0.0.12\n10.0.0.99\n");
    try (Proc manage = manage("--compat", "pid", "--pid", "" + proxy.pid())) {
      assertThat(manage.awaitExit(SOON)).isEqualTo(6);
      assertThat(manage.stderr()).contains("10.0.0.99").contains("managing");
    }
    assertThat(config).hasContent(BEFORE);
  }

  private void finished(String... words) throws Exception {
    List<String> once = new ArrayList<>(List.of("--once"));
    once.addAll(List.of(words));
    try (Proc manage = manage(once.toArray(String[]::new))) {
      assertThat(manage.awaitExit(SOON)).as(manage.stderr()).isZero();
    }
    assertThat(journal).as("nothing is left to do").doesNotExist();
  }

  private void awaitStep(String step) {
    await()
        .atMost(SOON)
        .until(() -> Files.exists(journal) && Files.readString(journal).contains(step));
  }

  private Proc manage(String... words) throws IOException {
    return launched.start(folder, words(words));
  }

  private String[] words(String... words) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "manage",
                "--proxy-config",
                config.toString(),
                "--state-dir",
                folder.resolve("state").toString(),
                "--interval",
                "100ms"));
    all.addAll(List.of(words));
    return all.toArray(String[]::new);
  }

  private static void kill(Proc proc) throws Exception {
    proc.signal("KILL");
    proc.awaitExit(SOON);
  }
}
