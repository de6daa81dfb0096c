package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;

/** What each kind of change does to those who are connected, and to the sockets. */
class ChangeEffectsIT {
  private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  private static final Duration SOON = Duration.ofSeconds(5);

  @Test
  void aRouteChangesForTheNextRequestOfAKeptConnection() throws Exception {
    try (var gateway = GatewayFixture.start(ReloadHistoryIT.site("one"));
        RawClient kept = gateway.client("web")) {
      Set<Long> inodes = ListeningSockets.inodes(gateway.port("web"));
      assertThat(kept.send(GET).readResponse().text()).isEqualTo("one");
      apply(gateway, ReloadHistoryIT.site("two"));
      assertThat(kept.send(GET).readResponse().text()).isEqualTo("two");
      assertThat(ListeningSockets.inodes(gateway.port("web"))).isEqualTo(inodes);
    }
  }

  @Test
  void streamsKeepGoingUnlessTheirRouteOrEndpointGoes() throws Exception {
    String echo = "listeners: { echo: { bind: \"127.0.0.1:0\", proto: echo } }";
    try (var one = GatewayFixture.start(echo);
        var other = GatewayFixture.start(echo);
        var gateway = GatewayFixture.start(streams("a", one.port("echo")))) {
      try (RawClient stream = webSocket(gateway)) {
        ping(stream);
        String both = ", { url: \"http://127.0.0.1:" + other.port("echo") + "\", weight: 9 }";
        apply(gateway, streams("a", one.port("echo")).replace("\" } ]", "\" }" + both + " ]"));
        ping(stream);
        apply(gateway, streams("a", one.port("echo")));
        ping(stream);
        String shortDrain = streams("b", one.port("echo"));
        apply(gateway, shortDrain);
        stream.timeout(SOON).drainToEnd();
      }
      try (RawClient stream = webSocket(gateway)) {
        ping(stream);
        apply(gateway, streams("b", other.port("echo")));
        stream.timeout(SOON).drainToEnd();
      }
      try (RawClient stream = webSocket(gateway)) {
        ping(stream);
      }
    }
  }

  @Test
  void aNewCertificateIsForNewHandshakesOnly() throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    Pem site = Pem.selfMade(dir, "site");
    String yaml =
        """
        certs: { site: { files: { cert: "@DIR@/site.crt", key: "@DIR@/site.key" } } }
        listeners: { web: { bind: "127.0.0.1:0", proto: http, service: site, tls: { cert: site } } }
        http: { site: { default: true, routes: [ { id: r, match: { path: /* }, respond: { status: 200, body: "ok" } } ] } }
        """;
    try (var gateway = GatewayFixture.start(dir, yaml);
        SSLSocket before = tls(gateway.port("web"))) {
      X509Certificate first = (X509Certificate) before.getSession().getPeerCertificates()[0];
      Pem next = Pem.selfMade(dir, "next");
      Files.move(next.cert(), site.cert(), StandardCopyOption.REPLACE_EXISTING);
      Files.move(next.key(), site.key(), StandardCopyOption.REPLACE_EXISTING);
      Response answer = gateway.api().post("/v1/reload");
      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
      assertThat(answer.text()).contains("\"unchanged\":false");
      try (SSLSocket after = tls(gateway.port("web"))) {
        assertThat(after.getSession().getPeerCertificates()[0]).isNotEqualTo(first);
      }
      before.getOutputStream().write(GET.getBytes());
      assertThat(new String(before.getInputStream().readNBytes(12))).isEqualTo("HTTP/1.1 200");
      apply(gateway, yaml.replace("{ cert: site }", "{ cert: site, min_version: \"1.3\" }"));
      before.getOutputStream().write(GET.getBytes());
      assertThatThrownBy(() -> tls(gateway.port("web"), "TLSv1.2").close())
          .isInstanceOf(IOException.class);
      tls(gateway.port("web"), "TLSv1.3").close();
    }
  }

  @Test
  void whatANewRuleOrAMissingUserForbidsIsCutAtOnceAndNothingElse() throws Exception {
    try (var far =
            GatewayFixture.start("listeners: { echo: { bind: \"127.0.0.1:0\", proto: echo } }");
        var gateway = GatewayFixture.start(proxy("alice: !secret a, bob: !secret b", ""))) {
      try (RawClient alice = tunnel(gateway, "alice:a", far.port("echo"));
          RawClient bob = tunnel(gateway, "bob:b", far.port("echo"))) {
        ping(alice);
        apply(gateway, proxy("alice: !secret a, bob: !secret b", "timeouts: { handshake: 9s }"));
        ping(alice);
        apply(gateway, proxy("bob: !secret b", ""));
        alice.timeout(SOON).awaitEnd();
        ping(bob);
        apply(gateway, proxy("bob: !secret b", "").replace("deny: []", "deny: [\"127.0.0.1\"]"));
        bob.timeout(SOON).awaitEnd();
      }
    }
  }

  @Test
  void listenersComeGoAndMove() throws Exception {
    try (var gateway = GatewayFixture.start(listeners("a"))) {
      int old = gateway.port("a");
      try (RawClient idle = RawClient.connect(old)) {
        idle.send(GET).readResponse();
        String report = apply(gateway, listeners("b")).text();
        assertThat(report.replaceAll("\\s", ""))
            .contains("\"op\":\"add\"")
            .contains("\"op\":\"remove\"")
            .contains("\"draining\":{\"connections\":1")
            .contains("\"deadline\":\"");
        idle.timeout(SOON).drainToEnd();
      }
      assertThatThrownBy(() -> new Socket("127.0.0.1", old).close())
          .isInstanceOf(IOException.class);
      try (RawClient fresh = gateway.client("b")) {
        assertThat(fresh.send(GET).readResponse().status()).isEqualTo(200);
      }
      int port = gateway.port("b");
      apply(gateway, listeners("b").replace("127.0.0.1:0", "127.0.0.2:0"));
      await()
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> new Socket("127.0.0.1", port).close())
                      .isInstanceOf(IOException.class));
    }
  }

  @Test
  void withoutListenersItStaysUpAndSaysSo() throws Exception {
    try (var gateway = GatewayFixture.start(listeners("a"))) {
      Response none = apply(gateway, "logs: { level: info }\n");
      assertThat(none.text()).contains("W3402");
      assertThat(gateway.control("/readyz").status()).isEqualTo(200);
      apply(gateway, listeners("a"));
      assertThat(gateway.port("a")).isPositive();
    }
  }

  @Test
  void theControlListenerMovesAndTheStateDirectoryWaits() throws Exception {
    try (var gateway = GatewayFixture.start(listeners("a"))) {
      String token = gateway.token();
      int old = gateway.controlPort();
      String moved =
          GatewayFixture.whole(gateway.dir(), listeners("a"))
              .replace("127.0.0.1:0\", socket", "127.0.0.2:0\", socket")
              .replace("/state,", "/elsewhere,");
      GatewayFixture.replace(gateway.configFile(), moved);
      Response answer = gateway.api().post("/v1/reload");
      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
      assertThat(answer.text()).contains("W3401").contains("/runtime/state_dir");
      assertThat(Files.exists(gateway.dir().resolve("elsewhere"))).isFalse();
      await()
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> new Socket("127.0.0.1", old).close())
                      .isInstanceOf(IOException.class));
      assertThat(token).isEqualTo(gateway.token());
    }
  }

  private static Response apply(GatewayFixture gateway, String yaml) throws IOException {
    gateway.replaceConfig(yaml);
    Response answer = gateway.api().post("/v1/reload");
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer;
  }

  private static String listeners(String id) {
    return "listeners: { " + id + ": { bind: \"127.0.0.1:0\", proto: echo } }\n# quick\n";
  }

  private static String streams(String route, int port) {
    return """
    listeners: { web: { bind: "127.0.0.1:0", proto: http, service: site } }
    http: { site: { default: true, routes: [ { id: %s, match: { path: /* }, upstream: up, websocket: true } ] } }
    upstreams: { up: { endpoints: [ { url: "http://127.0.0.1:%d" } ] } }
    # quick
    """
        .formatted(route, port);
  }

  private static String proxy(String users, String more) {
    return """
    listeners: { mixed: { bind: "127.0.0.1:0", proto: mixed, service: egress } }
    forward:
      egress:
        auth: { users: { %s } }
        destinations: { private: allow, connect_ports: all, allow: ["127.0.0.1"], deny: [] }
        %s
    """
        .formatted(users, more);
  }

  private static RawClient tunnel(GatewayFixture gateway, String account, int to)
      throws IOException {
    String credentials = Base64.getEncoder().encodeToString(account.getBytes());
    RawClient client = gateway.client("mixed");
    client.send(
        "CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nProxy-Authorization: Basic %s\r\n\r\n"
            .formatted(to, to, credentials));
    assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 200");
    return client;
  }

  private static RawClient webSocket(GatewayFixture gateway) throws IOException {
    RawClient client = gateway.client("web");
    client.send(
        "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 101");
    return client;
  }

  /** A WebSocket ping with an empty mask, which is as good as any other bytes to a raw echo. */
  private static void ping(RawClient client) throws IOException {
    byte[] frame = {(byte) 0x89, (byte) 0x81, 0, 0, 0, 0, 'x'};
    client.timeout(SOON).send(frame);
    client.readUntil("x");
  }

  private static SSLSocket tls(int port, String... protocols) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    TrustManager anybody =
        new X509TrustManager() {
          @Override
          public void checkClientTrusted(X509Certificate[] chain, String type) {}

          @Override
          public void checkServerTrusted(X509Certificate[] chain, String type) {}

          @Override
          public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
          }
        };
    context.init(null, List.of(anybody).toArray(TrustManager[]::new), null);
    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port);
    if (protocols.length > 0) socket.setEnabledProtocols(protocols);
    socket.setSoTimeout(10_000);
    socket.startHandshake();
    return socket;
  }
}
