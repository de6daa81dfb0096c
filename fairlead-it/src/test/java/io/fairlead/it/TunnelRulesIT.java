package io.fairlead.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.random.Randomness;
import io.fairlead.net.auth.IdentityKey;
import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may offer what, who is cut, and what bad peers cannot do. */
class TunnelRulesIT {
  @TempDir Path dir;

  private static final String SITES =
      """
      listeners:
        web: { bind: 127.0.0.1:0, proto: http, service: web }
      http:
        web: { default: true, routes: [ { id: r, match: { path: /* }, respond: { status: 404, body: none } } ] }
      """;

  private static String tcp(String name, EchoService service, String more) {
    return "name: "
        + name
        + ", type: tcp, destination: \"127.0.0.1:"
        + service.port()
        + "\""
        + more;
  }

  @Test
  void whatIsNotAllowedIsRefusedAndTheRestIsServed() throws Exception {
    String port = Integer.toString(TunnelLab.freePort());
    try (var echo = EchoService.start();
        var lab =
            TunnelLab.start(
                "http: web, url: \"http://gw.test\", tcp_ports: " + TunnelLab.freePorts(2),
                SITES)) {
      var agent =
          lab.agent(
              "box",
              tcp("ok", echo, ""),
              tcp("fixed", echo, ", port: " + port),
              "name: web, type: http, host: bank.example, destination: \"127.0.0.1:1\"");
      int open = lab.port("box", "ok");
      assertThat(TunnelLab.echo(open, "x")).isEqualTo("x");
      await()
          .untilAsserted(
              () ->
                  assertThat(agent.api().get("/v1/tunnels").text())
                      .contains("not_allowed: tcp port " + port + " is not allowed")
                      .contains("not_allowed: host bank.example is not allowed"));
      assertThat(lab.report()).doesNotContain("bank.example").doesNotContain("\"fixed\"");
    }
  }

  @Test
  void aHostOfAnotherAgentIsAConflictUnlessBothAreOfOneGroup() throws Exception {
    try (var a = EchoService.start("A");
        var b = EchoService.start("B");
        var lab =
            TunnelLab.start(
                "http: web, url: \"http://gw.test\", tcp_ports: " + TunnelLab.freePorts(4),
                SITES)) {
      String mine = ",\"http_hosts\":[\"shared.example\"]";
      String first = lab.token("one", mine);
      String second = lab.token("two", mine);
      String web = "name: web, type: http, host: shared.example, destination: \"127.0.0.1:1\"";
      String group = ", group: g, group_key: !secret k";
      lab.agentWith("token: !secret \"" + first + "\"", web, tcp("svc", a, group));
      lab.awaitReport("http://shared.example");
      var late = lab.agentWith("token: !secret \"" + second + "\"", web, tcp("svc", b, group));
      await()
          .untilAsserted(
              () ->
                  assertThat(late.api().get("/v1/tunnels").text())
                      .contains("conflict: host shared.example is another agent's"));
      int port = lab.port("two", "svc");
      assertThat(port).isEqualTo(lab.port("one", "svc"));
      // Both of the group get users, by how busy they are.
      try (Socket held = TunnelLab.connect(port)) {
        int other = held.getInputStream().read() == 'A' ? 'B' : 'A';
        await()
            .untilAsserted(
                () -> {
                  try (Socket next = TunnelLab.connect(port)) {
                    assertThat(next.getInputStream().read()).isEqualTo(other);
                  }
                });
      }
      late.close();
      for (int i = 0; i < 5; i++) {
        await()
            .ignoreExceptions()
            .untilAsserted(
                () -> {
                  try (Socket next = TunnelLab.connect(port)) {
                    assertThat(next.getInputStream().read()).isEqualTo('A');
                  }
                });
      }
    }
  }

  @Test
  void aRevokedMemberLosesItsTunnelWithinASecond() throws Exception {
    Path identity = dir.resolve("identity.key");
    IdentityKey made = IdentityKey.make(Randomness.system());
    made.write(identity);
    String key = made.publicKey().peerId();
    Path members = dir.resolve("members.yaml");
    String rest = "  - { id: other, user: other }\n";
    Files.writeString(
        members, "version: 1\nmembers:\n  - { id: box, public_key: " + key + " }\n" + rest);
    try (var echo = EchoService.start();
        var lab =
            TunnelLab.startWith(
                "agents: [ { registry: members } ]",
                "tcp_ports: " + TunnelLab.freePorts(2),
                "membership: { file: \"" + members + "\" }\n")) {
      Path ca = lab.server().dir().resolve("state/internal-ca/root.crt");
      lab.agentWith(
          "identity: { file: \""
              + identity
              + "\" }\n    server_name: localhost\n    ca: \""
              + authority(lab.server().dir())
              + "\"",
          tcp("ssh", echo, ""));
      assertThat(ca.getFileName()).isNotNull();
      int port = lab.port(key, "ssh");
      try (Socket socket = TunnelLab.connect(port)) {
        socket.getOutputStream().write('x');
        assertThat(socket.getInputStream().read()).isEqualTo('x');
        GatewayFixture.replace(members, "version: 1\nmembers:\n" + rest);
        socket.setSoTimeout(3_000);
        assertThat(ended(socket)).isTrue();
      }
      await().untilAsserted(() -> assertThat(lab.report()).contains("\"agents\":[]"));
      String audit = Files.readString(lab.server().dir().resolve("state/audit.log"));
      assertThat(audit.lines().filter(line -> line.contains("member.removed"))).hasSize(1);
    }
  }

  /** The authority that the gateway made for itself. */
  static Path authority(Path home) throws IOException {
    try (var files = Files.walk(home)) {
      List<Path> found =
          files
              .filter(file -> file.toString().endsWith(".crt") || file.toString().endsWith(".pem"))
              .filter(file -> file.toString().contains("ca"))
              .toList();
      assertThat(found).isNotEmpty();
      return found.getFirst();
    }
  }

  static boolean ended(Socket socket) {
    try {
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException late) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  @Test
  void aPrivateServiceIsOpenedByWhoKnowsItsKeyOnly() throws Exception {
    int visit = TunnelLab.freePort();
    int wrong = TunnelLab.freePort();
    try (var echo = EchoService.start();
        var lab = TunnelLab.start("tcp_ports: " + TunnelLab.freePorts(2), "")) {
      lab.agent("box", tcp("db", echo, ", private: !secret opensesame"));
      lab.awaitReport("\"name\":\"db\"");
      assertThat(lab.report()).contains("\"at\":[]");
      String visits =
          """
          token: !secret "%s"
              visits:
                - { agent: box, service: db, key: !secret opensesame, bind: "127.0.0.1:%d" }
                - { agent: box, service: db, key: !secret guess, bind: "127.0.0.1:%d" }
          """
              .formatted(lab.token("visitor", ""), visit, wrong);
      lab.agentWith(visits.stripTrailing());
      assertThat(TunnelLab.echo(visit, "through both")).isEqualTo("through both");
      assertThat(TunnelLab.echo(visit, "again")).isEqualTo("again");
      try (Socket socket = TunnelLab.connect(wrong)) {
        assertThat(ended(socket)).isTrue();
      }
    }
  }

  @Test
  void tlsOfAServiceIsNotTouched() throws Exception {
    int names = TunnelLab.freePort();
    String secured =
        """
        certs: { site: { internal: true, hosts: [s.example] } }
        listeners: { echo: { bind: 127.0.0.1:0, proto: echo, tls: { cert: site } } }
        """;
    try (var origin = GatewayFixture.start(secured);
        var lab = TunnelLab.start("https: \"127.0.0.1:" + names + "\"", "")) {
      String token = lab.token("box", ",\"http_hosts\":[\"s.example\"]");
      lab.agentWith(
          "token: !secret \"" + token + "\"",
          "name: web, type: https, host: s.example, destination: \"127.0.0.1:"
              + origin.port("echo")
              + "\"");
      lab.awaitReport("https://s.example:" + names);
      try (SSLSocket socket = secure(names, "s.example")) {
        socket
            .getOutputStream()
            .write("GET /a HTTP/1.1\r\nHost: s.example\r\n\r\n".getBytes(UTF_8));
        byte[] head = socket.getInputStream().readNBytes(12);
        assertThat(new String(head, UTF_8)).isEqualTo("HTTP/1.1 200");
        assertThat(socket.getSession().getPeerPrincipal().getName()).contains("s.example");
      }
      try (SSLSocket socket = secure(names, "other.example")) {
        assertThat(socket.isConnected()).isTrue();
        socket.startHandshake();
        throw new AssertionError("a name that nobody has was answered");
      } catch (SSLException refused) {
        assertThat(refused).hasMessageContaining("unrecognized_name");
      }
    }
  }

  private static SSLSocket secure(int port, String name) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new javax.net.ssl.TrustManager[] {new TrustAll()}, null);
    Socket plain = new Socket(InetAddress.getLoopbackAddress(), port);
    plain.setSoTimeout(10_000);
    return (SSLSocket) context.getSocketFactory().createSocket(plain, name, port, true);
  }

  @Test
  void aWebSocketPassesThroughAnHttpService() throws Exception {
    try (var origin =
            GatewayFixture.start("listeners: { echo: { bind: 127.0.0.1:0, proto: echo } }");
        var lab = TunnelLab.start("http: web, url: \"http://gw.test\"", SITES)) {
      lab.agent(
          "box", "name: web, type: http, destination: \"127.0.0.1:" + origin.port("echo") + "\"");
      lab.awaitReport("http://box.gw.test");
      try (RawClient client = lab.server().client("web")) {
        client.send(
            "GET /ws HTTP/1.1\r\n"
                + "Host: box.gw.test\r\n"
                + "Upgrade: websocket\r\n"
                + "Connection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + "Sec-WebSocket-Version: 13\r\n\r\n");
        assertThat(client.readUntil("\r\n\r\n"))
            .contains("101")
            .contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        client.send(new byte[] {(byte) 0x81, (byte) 0x82, 0, 0, 0, 0, 'h', 'i'});
        assertThat(client.readExactly(4)).isEqualTo(new byte[] {(byte) 0x81, 2, 'h', 'i'});
      }
    }
  }

  @Test
  void whoSpeaksNonsenseIsDroppedAndDisturbsNobody() throws Exception {
    try (var echo = EchoService.start();
        var lab =
            TunnelLab.startWith(
                "limits: { login: 1s }", "tcp_ports: " + TunnelLab.freePorts(2), "")) {
      lab.agent("box", tcp("ssh", echo, ""));
      int port = lab.port("box", "ssh");
      // Garbage before TLS, silence, and TLS without a protocol both know.
      try (Socket garbage = TunnelLab.connect(lab.carrierPort());
          Socket silent = TunnelLab.connect(lab.carrierPort())) {
        garbage.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(UTF_8));
        await().atMost(Duration.ofSeconds(5)).until(() -> drained(garbage));
        await().atMost(Duration.ofSeconds(5)).until(() -> drained(silent));
      }
      try (SSLSocket other = secure(lab.carrierPort(), "localhost")) {
        assertThat(drained(other)).isTrue();
      } catch (SSLException refused) {
        assertThat(refused).hasMessageContaining("no_application_protocol");
      }
      // Garbage behind TLS, and a login that never comes.
      for (byte[] words : List.of("nonsense\r\n\r\n".repeat(9).getBytes(UTF_8), new byte[0])) {
        try (SSLSocket tunnel = secure(lab.carrierPort(), "localhost")) {
          SSLParameters parameters = tunnel.getSSLParameters();
          parameters.setApplicationProtocols(new String[] {"fairlead-tunnel/1"});
          tunnel.setSSLParameters(parameters);
          tunnel.startHandshake();
          tunnel.getOutputStream().write(words);
          assertThat(drained(tunnel)).isTrue();
        }
      }
      assertThat(TunnelLab.echo(port, "still here")).isEqualTo("still here");
    }
  }

  /** Whether the peer ends the connection within its time. */
  private static boolean drained(Socket socket) {
    try {
      while (socket.getInputStream().read() >= 0) {
        // whatever it says first
      }
      return true;
    } catch (SocketTimeoutException late) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  /** Whatever is shown. */
  private static final class TrustAll extends javax.net.ssl.X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(java.security.cert.X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(java.security.cert.X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(
        java.security.cert.X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(
        java.security.cert.X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(
        java.security.cert.X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

    @Override
    public void checkServerTrusted(
        java.security.cert.X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

    @Override
    public java.security.cert.X509Certificate[] getAcceptedIssuers() {
      return new java.security.cert.X509Certificate[0];
    }
  }
}
