package io.fairlead.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.app.cli.CliFixture.Outcome;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ControlCommandsTest {
  @TempDir Path dir;
  private CliFixture cli;

  @BeforeEach
  void fresh() {
    cli = new CliFixture(dir);
  }

  /** Answers every connection with the same bytes and keeps what it was asked. */
  private static final class Gateway implements AutoCloseable {
    private final ServerSocketChannel server;
    private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();

    private Gateway(ServerSocketChannel server, String answer) {
      this.server = server;
      Thread.ofVirtual().start(() -> serve(answer));
    }

    static Gateway onSocket(Path path, String answer) throws IOException {
      Files.createDirectories(path.getParent());
      var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      server.bind(UnixDomainSocketAddress.of(path));
      return new Gateway(server, answer);
    }

    static Gateway onPort(String answer) throws IOException {
      var server = ServerSocketChannel.open();
      server.bind(new InetSocketAddress("127.0.0.1", 0));
      return new Gateway(server, answer);
    }

    int port() throws IOException {
      return ((InetSocketAddress) server.getLocalAddress()).getPort();
    }

    String request() throws InterruptedException {
      String request = requests.poll(5, TimeUnit.SECONDS);
      assertThat(request).as("a request within 5 s").isNotNull();
      return request;
    }

    private void serve(String answer) {
      try {
        while (true) {
          try (SocketChannel peer = server.accept()) {
            ByteBuffer in = ByteBuffer.allocate(8192);
            peer.read(in);
            requests.add(new String(in.array(), 0, in.position(), StandardCharsets.UTF_8));
            ByteBuffer out = ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8));
            while (out.hasRemaining()) peer.write(out);
          }
        }
      } catch (IOException closed) {
        requests.add("closed");
      }
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }

  private static String answer(int status, String body) {
    return "HTTP/1.1 " + status + " X\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
  }

  private Outcome withSocket(String answer, String... words) throws Exception {
    Path socket = dir.resolve("run/control.sock");
    try (var gateway = Gateway.onSocket(socket, answer)) {
      cli.environment.put("FAIRLEAD_CONTROL", "unix:" + socket);
      Outcome outcome = cli.run(words);
      lastRequest = gateway.request();
      return outcome;
    } finally {
      Files.deleteIfExists(socket);
    }
  }

  private String lastRequest = "";

  @Test
  void reloadTellsWhatChanged() throws Exception {
    Outcome outcome =
        withSocket(
            answer(
                200,
                "{\"generation\":5,\"previous\":4,\"unchanged\":false,\"took_ms\":14,\"changed\":"
                    + "[{\"path\":\"/http/site\",\"op\":\"update\",\"effect\":\"new requests\"}]}"),
            "reload",
            "--comment",
            "a & b");
    assertThat(lastRequest).startsWith("POST /v1/reload?comment=a+%26+b HTTP/1.1\r\n");
    assertThat(lastRequest).contains("Host: localhost\r\n").contains("Content-Length: 0\r\n");
    assertThat(outcome.outLines())
        .containsExactly("generation 5, 1 changes in 14 ms", "  update /http/site (new requests)");
    assertThat(outcome.exit()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "401 | unauthorized   | 77",
        "403 | bad_host       | 77",
        "409 | busy           | 75",
        "412 | stale          | 75",
        "422 | invalid        | 65",
        "500 | prepare_failed | 5",
        "500 | internal       | 1",
        "404 | not_found      | 1",
      })
  void answersBecomeExitCodes(int status, String code, int exit) throws Exception {
    Outcome outcome =
        withSocket(
            answer(
                status,
                "{\"code\":\"" + code + "\",\"message\":\"m\",\"generation\":4,\"errors\":[]}"),
            "reload");
    assertThat(outcome.exit()).isEqualTo(exit);
    assertThat(outcome.err()).contains("fairlead: m");
  }

  @Test
  void problemsOfAReloadAreShownAtTheirPlace() throws Exception {
    String body =
        "{\"code\":\"invalid\",\"message\":\"2 errors\",\"generation\":4,\"errors\":[{\"path\":\"/x\","
            + "\"file\":\"gw.yaml\",\"line\":3,\"column\":9,\"code\":\"F1104\",\"message\":"
            + "\"unknown key\",\"hint\":\"did you mean `y`?\"}]}";
    Outcome outcome = withSocket(answer(422, body), "reload");
    assertThat(outcome.err())
        .contains("gw.yaml:3:9: error F1104: unknown key; did you mean `y`?")
        .contains("the running configuration (generation 4) is unchanged");
    Outcome json = withSocket(answer(422, body), "reload", "--json");
    assertThat(Json.children(Json.child(json.json(), "error"), "diagnostics")).hasSize(1);
    assertThat(json.err()).isEmpty();
    Outcome rule = withSocket(answer(422, body.replace("F1104", "F2101")), "reload");
    assertThat(rule.exit()).isEqualTo(78);
  }

  @Test
  void stopSendsHowLong() throws Exception {
    assertThat(withSocket(answer(202, "{}"), "stop", "--drain", "10s").exit()).isZero();
    assertThat(lastRequest).startsWith("POST /v1/stop?drain=10s").endsWith("{\"drain\":\"10s\"}");
    withSocket(answer(202, "{}"), "stop", "--now");
    assertThat(lastRequest).endsWith("{\"drain\":\"0s\"}");
  }

  @Test
  void statusIsThreeWhenDegraded() throws Exception {
    String body =
        "{\"schema\":\"fairlead.status/1\",\"name\":\"gw\",\"sentence\":\"all well\",\"pid\":7,"
            + "\"uptime_seconds\":192,\"modules\":{\"http\":\"running\"},\"degraded\":[]}";
    Outcome healthy = withSocket(answer(200, body), "status");
    assertThat(healthy.exit()).isZero();
    assertThat(healthy.out()).startsWith("gw: all well").contains("3m12s").contains("http");
    Outcome degraded = withSocket(answer(200, body.replace("[]", "[\"app down\"]")), "status");
    assertThat(degraded.exit()).isEqualTo(3);
    assertThat(degraded.out()).contains("degraded: app down");
    assertThat(withSocket(answer(200, body), "status", "--json").out().strip()).isEqualTo(body);
    assertThat(withSocket(answer(200, body), "status", "-q").out()).isEmpty();
  }

  @Test
  void theConfigurationNamesTheDoors() throws Exception {
    Files.writeString(
        dir.resolve("gw.yaml"), "version: 1\ncontrol: { socket: sub/own.sock, listen: \"off\" }\n");
    try (var gateway = Gateway.onSocket(dir.resolve("sub/own.sock"), answer(202, "{}"))) {
      assertThat(cli.run("stop", "-c", "gw.yaml").exit()).isZero();
      assertThat(gateway.request()).startsWith("POST /v1/stop");
    }
  }

  @Test
  void aBrokenFileStillLeadsToTheGatewayThatRuns() throws Exception {
    Files.writeString(
        dir.resolve("gw.yaml"), "version: 1\nbroken: yes\ncontrol: { socket: sub/own.sock }\n");
    try (var gateway = Gateway.onSocket(dir.resolve("sub/own.sock"), answer(202, "{}"))) {
      assertThat(cli.run("stop", "-c", "gw.yaml").exit()).isZero();
      assertThat(gateway.request()).startsWith("POST /v1/stop");
    }
  }

  @Test
  void aPortWithoutATokenIsAskedByTheShortPath() throws Exception {
    try (var gateway = Gateway.onPort(answer(200, "{\"generation\":1,\"unchanged\":true}"))) {
      cli.environment.put("FAIRLEAD_CONTROL", "http://127.0.0.1:" + gateway.port());
      assertThat(cli.run("reload", "--dry-run").exit()).isZero();
      assertThat(gateway.request())
          .startsWith("GET /reload?dry_run=1 HTTP/1.1\r\nHost: 127.0.0.1:" + gateway.port());
      Files.writeString(dir.resolve("token"), "abc\n");
      assertThat(cli.run("reload", "--token-file", "token").exit()).isZero();
      assertThat(gateway.request())
          .startsWith("POST /v1/reload")
          .contains("Authorization: Bearer abc\r\n");
    }
  }

  @Test
  void nobodyThereIs69AndNamesWhatWasTried() {
    cli.environment.put("FAIRLEAD_CONTROL", "unix:" + dir.resolve("none.sock"));
    Outcome outcome = cli.run("status");
    assertThat(outcome.exit()).isEqualTo(69);
    assertThat(outcome.err()).contains("no running gateway found").contains("none.sock");
    assertThat(cli.run("--json", "status").json()).containsKey("error");
  }

  @Test
  void aPeerThatIsNoGatewayIs76AndASilentOne75() throws Exception {
    try (var other = Gateway.onPort("SSH-2.0-other\r\n")) {
      cli.environment.put("FAIRLEAD_CONTROL", "127.0.0.1:" + other.port());
      assertThat(cli.run("status").exit()).isEqualTo(76);
    }
    try (var silent = ServerSocketChannel.open()) {
      silent.bind(new InetSocketAddress("127.0.0.1", 0));
      int port = ((InetSocketAddress) silent.getLocalAddress()).getPort();
      cli.environment.put("FAIRLEAD_CONTROL", "127.0.0.1:" + port);
      assertThat(cli.run("status", "--timeout", "50ms").exit()).isEqualTo(75);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "unix:/run/x.sock        | unix:/run/x.sock",
        "unix:///run/x.sock      | unix:/run/x.sock",
        "http://127.0.0.1:8837   | http://127.0.0.1:8837",
        "127.0.0.1:8837          | http://127.0.0.1:8837",
        ":8837                   | http://127.0.0.1:8837",
        "http://[::1]:8837       | http://[::1]:8837",
      })
  void endpoints(String text, String shown) {
    assertThat(ControlEndpoint.parse(text, Path.of("/"))).get().hasToString(shown);
  }

  @Test
  void chunkedAnswersAreJoined() throws Exception {
    byte[] bytes =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII);
    assertThat(ControlClient.parse(bytes).body()).isEqualTo("abcde");
  }
}
