package io.fairlead.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.app.LaunchOptions;
import io.fairlead.app.cli.CliFixture.Outcome;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OneLinersTest {
  @TempDir Path dir;
  private CliFixture cli;

  @BeforeEach
  void fresh() {
    cli = new CliFixture(dir);
  }

  private LaunchOptions launched() {
    return cli.product.launched.getFirst();
  }

  @Test
  void proxySaysWhereItIsAndThatItIsNotOpen() {
    cli.environment.put("XDG_RUNTIME_DIR", dir.toString());
    Outcome outcome = cli.run("proxy");
    assertThat(outcome.exit()).isZero();
    assertThat(outcome.err().lines())
        .containsExactly(
            "forward proxy on 127.0.0.1:8090 (http, https, socks5) — try: curl -x"
                + " http://127.0.0.1:8090 https://example.com",
            "loopback only; write 0.0.0.0:8090 to open");
    assertThat(launched().adHoc()).isTrue();
    assertThat(launched().configFile()).isEmpty();
    assertThat(launched().source().text())
        .contains("proto: mixed")
        .contains("private: allow")
        .contains("connect_ports: [1-24, 26-65535]")
        .contains("control: { listen: off, socket: ");
  }

  @Test
  void aSocketThatOtherCommandsWouldNotFindIsNamed() {
    Outcome outcome = cli.run("proxy");
    assertThat(outcome.err().lines().toList().getLast())
        .matches("for other commands: --control unix:/.*/proxy-[0-9]+\\.sock");
  }

  @Test
  void anOpenProxyKeepsTheStrictDefaults() {
    cli.run(
        "proxy", "--listen", "0.0.0.0:8090", "--auth", "ada:open sesame", "--allow", "10.0.0.0/8");
    assertThat(launched().source().text())
        .contains("bind: \"0.0.0.0:8090\"")
        .doesNotContain("private: allow")
        .contains("\"ada\": !secret \"$7$210000$")
        .doesNotContain("sesame")
        .contains("- { allow: { client: \"10.0.0.0/8\" } }");
  }

  @Test
  void aProxyGoesThroughOthersInOrder() {
    Outcome outcome =
        cli.run(
            "proxy",
            "--upstream",
            "https://me:p@proxy.example:3129",
            "--upstream",
            "socks5h://127.0.0.1:1080");
    assertThat(outcome.exit()).isZero();
    assertThat(launched().source().text())
        .contains(
            "upstream1: { type: http, address: \"proxy.example:3129\", tls: {}, user: \"me\","
                + " password: !secret \"p\" }")
        .contains("upstream2: { type: socks5, address: \"127.0.0.1:1080\" }")
        .contains("via: [upstream1, upstream2]");
    for (String wrong :
        new String[] {"ftp://a:1", "http://a", "http://u@a:1", "a:1", "http://u:geheim@a b"}) {
      Outcome refused = cli.run("proxy", "--upstream", wrong);
      assertThat(refused.exit()).as(wrong).isEqualTo(64);
      assertThat(refused.err()).contains("is not the URL of a proxy").doesNotContain("geheim");
    }
  }

  @Test
  void reverseSaysWhetherTheUpstreamIsUp() throws Exception {
    try (var upstream = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Outcome up =
          cli.run("reverse", "--from", ":8080", "--to", "127.0.0.1:" + upstream.getLocalPort());
      assertThat(up.err())
          .containsPattern(
              "http://localhost:8080 → 127\\.0\\.0\\.1:[0-9]+ \\(up, (< )?[0-9]+ ms\\)");
    }
    int free;
    try (var gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = gone.getLocalPort();
    }
    Outcome down = cli.run("reverse", "--from", ":8080", "--to", ":" + free);
    assertThat(down.exit()).isZero();
    assertThat(down.err()).contains("(down: ");
  }

  @Test
  void reverseWithTlsNamesBothFiles() {
    cli.run("reverse", "--from", ":8443", "--to", "http://a:1,http://b:2", "--tls", "a.crt:a.key");
    assertThat(launched().source().text())
        .contains("cert: \"" + dir.resolve("a.crt") + "\"")
        .contains("tls: { cert: site }")
        .contains("- { url: \"http://a:1\" }\n      - { url: \"http://b:2\" }");
    assertThat(launched().firstLines().getFirst()).startsWith("https://localhost:8443 → a:1");
  }

  @Test
  void serveCountsTheFiles() throws Exception {
    Files.writeString(dir.resolve("index.html"), "hello");
    Files.createDirectory(dir.resolve("sub"));
    Outcome outcome = cli.run("serve");
    assertThat(outcome.err())
        .startsWith("http://127.0.0.1:8080 → " + dir.toRealPath() + " (1 file at the top level)");
    assertThat(cli.run("serve", "missing").exit()).isEqualTo(66);
    assertThat(cli.run("serve", "echo", "--listen", ":9").err()).contains("ws://127.0.0.1:9");
  }

  @Test
  void printConfigIsAFileThatHasNoTracesOfThisRun() {
    Outcome outcome = cli.run("proxy", "--print-config");
    assertThat(outcome.outLines()).startsWith("version: 1", "name: proxy");
    assertThat(outcome.out()).doesNotContain("state_dir").doesNotContain("control");
    assertThat(cli.product.launched).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "http, 3000, --host, app.example.org, 'host: \"app.example.org\"'",
    "tcp, 22, --port, 20001, port: 20001",
    "udp, 53, --name, names, 'name: \"names\"'",
  })
  void eachKindOfServiceIsExposed(
      String type, String port, String option, String value, String written) {
    Outcome outcome =
        cli.run(
            "tunnel",
            "expose",
            type,
            port,
            "--server",
            "gw.example.org",
            option,
            value,
            "--print-config");
    assertThat(outcome.exit()).as(outcome.err()).isZero();
    assertThat(outcome.out())
        .contains("servers: [\"gw.example.org:7000\"]", "token: \"${file:agent.token}\"")
        .contains("type: " + type + ", destination: \"127.0.0.1:" + port + "\"")
        .contains(written);
  }

  @Test
  void aTunnelServerOpensPortsAndASite() {
    Outcome outcome =
        cli.run(
            "tunnel",
            "server",
            "--listen",
            "0.0.0.0:7000",
            "--http",
            "0.0.0.0:8080",
            "--url",
            "https://gw.example.org",
            "--ports",
            "9000-9009",
            "--print-config");
    assertThat(outcome.exit()).as(outcome.err()).isZero();
    assertThat(outcome.out())
        .contains("listen: \"0.0.0.0:7000\"", "url: \"https://gw.example.org\"")
        .contains("tcp_ports: \"9000-9009\"", "udp_ports: \"9000-9009\"");
  }

  @Test
  void stateGoesWithTheCommandAndTheSocketLivesInTheRuntimeFolder() throws Exception {
    Path runtime = Files.createDirectory(dir.resolve("runtime"));
    cli.environment.put("XDG_RUNTIME_DIR", runtime.toString());
    cli.run("proxy");
    String text = launched().source().text();
    assertThat(text).contains(runtime.resolve("fairlead") + "/proxy-");
    String state = text.replaceFirst("(?s).*state_dir: \"([^\"]+)\".*", "$1");
    assertThat(Path.of(state)).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    ":8080, 127.0.0.1:8080, true",
    "8080, 127.0.0.1:8080, true",
    "0.0.0.0:80, 127.0.0.1:80, false",
    "[::1]:80, [::1]:80, true",
    "example.org:80, example.org:80, false",
  })
  void listenAddresses(String text, String shown, boolean loopback) throws Exception {
    Bind bind = Bind.parse(text);
    assertThat(bind.shown()).isEqualTo(shown);
    assertThat(bind.loopback()).isEqualTo(loopback);
  }
}
