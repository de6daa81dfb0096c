package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The four short paths: plain curl of our own uid may use them, and nobody else. */
class ControlPathsIT {
  private static final String SITE =
      """
      listeners:
        web: { bind: "127.0.0.1:0", proto: http, service: site }
        mixed: { bind: "127.0.0.1:0", proto: mixed, service: egress }
      forward:
        egress: { destinations: { private: allow, connect_ports: all, allow: ["127.0.0.1"] } }
      http:
        site: { default: true, routes: [ { id: r, match: { path: /* }, respond: { status: 200, body: "up" } } ] }
      """;

  @Test
  void plainCurlReadsChecksReloadsAndStops() throws Exception {
    try (var gateway = GatewayFixture.start(SITE)) {
      String base = "http://127.0.0.1:" + gateway.controlPort();
      assertThat(curl(base + "/now")).startsWith("200").contains("listeners");
      assertThat(curl(base + "/adapt")).startsWith("200").contains("\"valid\"");
      assertThat(curl(base + "/reload")).startsWith("200").contains("\"unchanged\"");
      assertThat(gateway.gateway().stopRequested()).isFalse();
      assertThat(curl(base + "/stop")).startsWith("202");
      org.awaitility.Awaitility.await().until(() -> gateway.gateway().stopRequested());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Origin: http://127.0.0.1",
        "Referer: http://127.0.0.1/",
        "Sec-Fetch-Site: same-origin",
        "Sec-Fetch-Mode: no-cors",
        "Cookie: a=b",
        "Host: gateway.example",
        "Host: 127.0.0.1.nip.example"
      })
  void aBrowsersFieldsOrAForeignHostAreRefused(String field) throws Exception {
    try (var gateway = GatewayFixture.start(SITE)) {
      for (String path : List.of("/now", "/adapt", "/reload", "/stop")) {
        assertThat(curl("http://127.0.0.1:" + gateway.controlPort() + path, "-H", field))
            .as(path + " with " + field)
            .startsWith("403");
      }
      assertThat(gateway.gateway().stopRequested()).isFalse();
    }
  }

  @Test
  void anotherUidIsRefused() throws Exception {
    Peers.require("setpriv");
    try (var gateway = GatewayFixture.start(SITE)) {
      for (String path : List.of("/now", "/adapt", "/reload", "/stop")) {
        List<String> command =
            new ArrayList<>(List.of("setpriv", "--reuid=65534", "--clear-groups"));
        command.addAll(curlCommand("http://127.0.0.1:" + gateway.controlPort() + path));
        assertThat(run(command)).as(path).startsWith("403").contains("short_path_refused");
      }
      assertThat(gateway.gateway().stopRequested()).isFalse();
    }
  }

  @Test
  void anotherUidThatSendsAndClosesAtOnceIsRefused() throws Exception {
    Peers.require("setpriv");
    try (var gateway = GatewayFixture.start(SITE)) {
      String script =
          "exec 3<>/dev/tcp/127.0.0.1/"
              + gateway.controlPort()
              + "; printf 'GET /stop HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n' >&3";
      for (int i = 0; i < 50; i++) {
        run(List.of("setpriv", "--reuid=65534", "--clear-groups", "bash", "-c", script));
      }
      // The last one has been judged when a request sent after it is answered.
      assertThat(curl("http://127.0.0.1:" + gateway.controlPort() + "/now")).startsWith("200");
      assertThat(gateway.gateway().stopRequested()).isFalse();
    }
  }

  @Test
  void theGatewaysOwnForwardProxyNeverReachesTheControlPort() throws Exception {
    try (var gateway = GatewayFixture.start(SITE)) {
      String target = "http://127.0.0.1:" + gateway.controlPort() + "/stop";
      String proxy = "127.0.0.1:" + gateway.port("mixed");
      assertThat(curl(target, "-x", "http://" + proxy)).startsWith("403");
      assertThat(curl(target, "-p", "-x", "http://" + proxy)).doesNotStartWith("202");
      assertThat(curl(target, "-x", "socks5h://" + proxy)).doesNotStartWith("202");
      assertThat(curl("http://127.0.0.1:" + gateway.port("web") + "/", "-x", "http://" + proxy))
          .as("another own listener is reachable when allow names it")
          .startsWith("200");
      assertThat(gateway.gateway().stopRequested()).isFalse();
    }
  }

  private static String curl(String url, String... more) throws Exception {
    List<String> command = curlCommand(url);
    command.addAll(List.of(more));
    return run(command);
  }

  /** Prints the status, a space and the body. */
  private static List<String> curlCommand(String url) {
    return new ArrayList<>(
        List.of(
            Peers.require("curl").toString(),
            "-sS",
            "-m",
            "10",
            "-o",
            "-",
            "-w",
            "%{stderr}%{http_code} ",
            url));
  }

  private static String run(List<String> command) throws Exception {
    try (Proc process = Proc.start(command.toArray(String[]::new))) {
      process.awaitExit(Duration.ofSeconds(20));
      return process.stderr() + process.stdout();
    }
  }
}
