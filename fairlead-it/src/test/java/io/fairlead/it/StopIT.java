package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Proc;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** The program as a process: signals, exit codes, and what a script reads. */
class StopIT {
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

  // --- signals
  // ------------------------------------------------------------------------------------

  @Test
  void hupReloadsAndTermEndsWithZero() throws Exception {
    write(config("one", 0));
    try (Proc gateway = start()) {
      assertThat(get("/").text()).isEqualTo("one");
      write(config("two", 0));
      gateway.signal("HUP");
      Awaitility.await().atMost(SOON).until(() -> get("/").text().equals("two"));
      write(config("three", 0).replace("listeners:", "listenres:"));
      gateway.signal("HUP");
      gateway.awaitLine("configuration refused", SOON);
      assertThat(get("/").text()).as("a refused file changes nothing").isEqualTo("two");
      gateway.signal("TERM");
      assertThat(gateway.awaitExit(SOON)).as(gateway.stderr()).isZero();
    }
  }

  @Test
  void termLetsADownloadEndWholeAndTakesNothingNew() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (RecordingServer upstream = half(goOn)) {
      write(config("one", upstream.port()));
      try (Proc gateway = start();
          RawClient client = RawClient.connect(port)) {
        client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
        client.readUntil("first");
        gateway.signal("TERM");
        Awaitility.await().atMost(SOON).until(this::refusesConnections);
        assertThat(gateway.alive()).isTrue();
        goOn.countDown();
        assertThat(client.readUntil("second")).isEqualTo("second");
        assertThat(client.read()).as("nothing after the body").isEqualTo(-1);
        assertThat(gateway.awaitExit(SOON)).as(gateway.stderr()).isZero();
      }
    } finally {
      goOn.countDown();
    }
  }

  @Test
  void aSecondTermEndsAtOnce() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    try (RecordingServer upstream = half(never)) {
      write(config("one", upstream.port()));
      try (Proc gateway = start();
          RawClient client = RawClient.connect(port)) {
        client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
        client.readUntil("first");
        gateway.signal("TERM");
        Awaitility.await().atMost(SOON).until(this::refusesConnections);
        assertThat(gateway.alive()).as("drains").isTrue();
        gateway.signal("TERM");
        // The drain alone would last a minute.
        assertThat(gateway.awaitExit(Duration.ofSeconds(8))).as(gateway.stderr()).isIn(0, 143);
      }
    } finally {
      never.countDown();
    }
  }

  @Test
  void theLauncherBringsBackAnIgnoredHup() throws Exception {
    write(config("one", 0));
    try (Proc gateway = fairlead.startWithoutHup(dir, "run", "-c", "fairlead.yaml")) {
      gateway.awaitPort(port, START);
      write(config("two", 0));
      gateway.signal("HUP");
      Awaitility.await().atMost(SOON).until(() -> get("/").text().equals("two"));
    }
  }

  @Test
  void aHupIgnoredAtTheStartIsReportedWithTheFix() throws Exception {
    write(config("one", 0));
    try (Proc gateway = fairlead.startJavaWithoutHup(dir, "run", "-c", "fairlead.yaml")) {
      gateway.awaitPort(port, START);
      assertThat(gateway.awaitLine("HUP", SOON)).contains("nohup").contains("reload");
      write(config("two", 0));
      gateway.signal("HUP");
      assertThat(run("reload", "-c", "fairlead.yaml").exit()).isZero();
      assertThat(get("/").text()).isEqualTo("two");
    }
  }

  // --- commands
  // -----------------------------------------------------------------------------------

  @Test
  void commandsFindTheGatewayAndAnswerScripts() throws Exception {
    write(config("one", 0));
    try (Proc gateway = start()) {
      Ended status = run("status", "-c", "fairlead.yaml", "--json");
      assertThat(status.exit()).as("%s", status).isZero();
      assertThat(status.json().path("schema").asString()).isEqualTo("fairlead.status/1");

      Ended unchanged = run("reload", "-c", "fairlead.yaml", "--json");
      assertThat(unchanged.exit()).as("%s", unchanged).isZero();
      assertThat(unchanged.json().path("unchanged").asBoolean()).isTrue();
      write(config("two", 0));
      Ended reload = run("reload", "-c", "fairlead.yaml", "--json");
      assertThat(reload.exit()).as("%s", reload).isZero();
      assertThat(reload.json().path("generation").asInt()).isEqualTo(2);
      assertThat(get("/").text()).isEqualTo("two");

      write(config("three", 0).replace("respond:", "responnd:"));
      Ended invalid = run("reload", "-c", "fairlead.yaml", "--json");
      assertThat(invalid.exit()).as("%s", invalid).isEqualTo(65);
      assertThat(invalid.json().path("error").path("diagnostics").path(0).path("line").asInt())
          .isPositive();

      write(config("two", 0));
      Ended stop = run("stop", "-c", "fairlead.yaml", "--now");
      assertThat(stop.exit()).as("%s", stop).isZero();
      assertThat(gateway.awaitExit(SOON)).as(gateway.stderr()).isZero();
    }
    for (String command : new String[] {"status", "reload", "stop"}) {
      Ended nobody = run(command, "-c", "fairlead.yaml", "--json");
      assertThat(nobody.exit()).as("%s: %s", command, nobody).isEqualTo(69);
      assertThat(nobody.json().path("error").path("message").asString()).isNotEmpty();
    }
  }

  @Test
  void commandsWithoutAGatewayHaveTheirExitCodes() throws Exception {
    write(config("one", 0));
    assertThat(run("validate", "-c", "fairlead.yaml").exit()).isZero();
    Ended missing = run("validate", "-c", "nowhere.yaml");
    assertThat(missing.exit()).as("%s", missing).isEqualTo(66);
    write(config("one", 0).replace("respond:", "responnd:"));
    Ended invalid = run("validate", "-c", "fairlead.yaml");
    assertThat(invalid.exit()).as("%s", invalid).isEqualTo(65);
    assertThat(invalid.out() + invalid.err())
        .contains("fairlead.yaml:")
        .contains("did you mean `respond`");
    Ended json = run("validate", "-c", "fairlead.yaml", "--json");
    assertThat(json.exit()).isEqualTo(65);
    assertThat(json.json().isObject()).isTrue();

    Ended version = run("version", "--json");
    assertThat(version.exit()).as("%s", version).isZero();
    assertThat(version.json().path("schema").asString()).isEqualTo("fairlead.version/1");
    assertThat(run("help").exit()).isZero();
    assertThat(run("help", "F1104").out()).contains("F1104");
    Ended unknown = run("relod");
    assertThat(unknown.exit()).as("%s", unknown).isEqualTo(64);
    assertThat(unknown.err()).contains("reload");
  }

  @Test
  void aPortInUseNamesItsHolderAndExits98() throws Exception {
    write(config("one", 0));
    try (RecordingServer holder = RecordingServer.start(RecordingServer.Conversation::readAll)) {
      port = holder.port();
      write(config("one", 0));
      try (Proc gateway = fairlead.start(dir, "run", "-c", "fairlead.yaml")) {
        assertThat(gateway.awaitExit(START)).as(gateway.stderr()).isEqualTo(98);
        assertThat(gateway.stderr())
            .contains("F2201")
            .contains(Long.toString(ProcessHandle.current().pid()))
            .containsPattern("fairlead\\.yaml:\\d+:\\d+");
      }
    }
  }

  // --- the first minute
  // ---------------------------------------------------------------------------

  @Test
  void theQuickstartServesWhatTheReadmeSays() throws Exception {
    Path example = fairlead.root().resolve("examples/quickstart.yaml");
    String text = Files.readString(example);
    // The fixed ports may be taken on this machine: the same file on four others.
    int web = NginxOrigin.freePort();
    int mixed = NginxOrigin.freePort();
    int echo = NginxOrigin.freePort();
    int control = NginxOrigin.freePort();
    Path file = Files.createDirectories(dir.resolve("examples")).resolve("quickstart.yaml");
    Files.writeString(
        file,
        text.replace("8090", Integer.toString(mixed))
            .replace("8080", Integer.toString(web))
            .replace("8081", Integer.toString(echo))
            .replace("8837", Integer.toString(control)));
    Path files = Files.createDirectories(dir.resolve("examples/public"));
    Files.copy(fairlead.root().resolve("examples/public/index.html"), files.resolve("index.html"));
    try (Proc gateway = fairlead.start(dir, "run", "-c", "examples/quickstart.yaml")) {
      gateway.awaitPort(web, START);
      Curl.Seen index = Curl.run("http://127.0.0.1:" + web + "/");
      assertThat(index.status()).as("%s", index).isEqualTo(200);
      assertThat(index.body()).isEqualTo(Files.readAllBytes(files.resolve("index.html")));
      Curl.Seen api = Curl.run("http://127.0.0.1:" + web + "/api/hello");
      assertThat(api.status()).as("%s", api).isEqualTo(200);
      assertThat(api.text()).contains("/api/hello");
      String target = "http://127.0.0.1:" + echo + "/hello";
      for (String scheme : new String[] {"http", "socks5h"}) {
        Curl.Seen through = Curl.run("-x", scheme + "://127.0.0.1:" + mixed, target);
        assertThat(through.status()).as("%s", through).isEqualTo(200);
        assertThat(through.text()).contains("/hello");
      }
      Curl.Seen denied = Curl.run("-x", "http://127.0.0.1:" + mixed, "http://127.0.0.1:" + web);
      assertThat(denied.status()).as("%s", denied).isEqualTo(403);
      assertThat(Curl.run("http://127.0.0.1:" + control + "/now").status()).isEqualTo(200);
      assertThat(Curl.run("http://127.0.0.1:" + control + "/adapt").status()).isEqualTo(200);
      assertThat(Curl.run("http://127.0.0.1:" + control + "/reload").status()).isEqualTo(200);
      assertThat(run("status", "-c", "examples/quickstart.yaml").exit()).isZero();
      assertThat(run("stop", "--now", "-c", "examples/quickstart.yaml").exit()).isZero();
      assertThat(gateway.awaitExit(SOON)).as(gateway.stderr()).isZero();
    }
  }

  /** How a command ended. */
  private record Ended(int exit, String out, String err) {
    JsonNode json() {
      return new ObjectMapper().readTree(out);
    }
  }

  private Ended run(String... arguments) throws Exception {
    try (Proc command = fairlead.start(dir, arguments)) {
      int exit = command.awaitExit(START);
      return new Ended(exit, command.stdout(), command.stderr());
    }
  }

  private Proc start() throws Exception {
    Proc gateway = fairlead.start(dir, "run", "-c", "fairlead.yaml");
    gateway.awaitPort(port, START);
    return gateway;
  }

  private boolean refusesConnections() throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
      return false;
    } catch (ConnectException refused) {
      return true;
    }
  }

  private StrictHttpParser.Response get(String path) throws IOException {
    try (RawClient client = RawClient.connect(port)) {
      return client.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n").readResponse();
    }
  }

  /** An upstream that sends one half of its body and the other when told. */
  private static RecordingServer half(CountDownLatch goOn) throws IOException {
    return RecordingServer.start(
        conversation -> {
          conversation.readRequest();
          conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nfirst");
          if (!goOn.await(60, TimeUnit.SECONDS)) throw new IllegalStateException("not told");
          conversation.send("second");
          conversation.readAll();
        });
  }

  private void write(String yaml) throws IOException {
    GatewayFixture.replace(dir.resolve("fairlead.yaml"), yaml);
  }

  private String config(String answer, int upstream) {
    return """
        version: 1
        runtime: { state_dir: state, drain: { stop: 60s, announce: 0s } }
        control: { listen: "127.0.0.1:%d", socket: run/control.sock }
        listeners:
          web: { bind: "127.0.0.1:%d", proto: http, service: site }
        http:
          site:
            default: true
            routes:
              - { id: slow, match: { path: /slow }, upstream: slow }
              - id: rest
                match: { path: /* }
                respond: { status: 200, body: "%s" }
        upstreams:
          slow: { endpoints: [ { url: "http://127.0.0.1:%d" } ] }
        """
        .formatted(0, port, answer, upstream == 0 ? 9 : upstream);
  }
}
