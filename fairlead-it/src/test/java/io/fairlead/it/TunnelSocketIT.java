package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Carriers over web sockets: at a site of the gateway, through a proxy, behind nginx. */
class TunnelSocketIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir Path dir;

  private static TunnelLab lab(String keys, String tls) throws Exception {
    return TunnelLab.startWith(
        "websocket: { site: web }\n" + keys,
        "tcp_ports: " + TunnelLab.freePorts(4),
        """
        listeners:
          web: { bind: 127.0.0.1:0, proto: http, service: web%s }
        http:
          web: { default: true, routes: [ { id: r, match: { path: /* }, respond: { status: 200, body: "the site" } } ] }
        """
            .formatted(tls));
  }

  private static String agent(String server, String keys, int service) {
    return """
        # quick
        tunnels:
          agent:
            servers: ["%s"]
            %s
            services: [ { name: ssh, type: tcp, destination: "127.0.0.1:%d" } ]
        """
        .formatted(server, keys, service);
  }

  private static String token(TunnelLab lab, String name) throws Exception {
    return "token: !secret \"" + lab.token(name, "") + "\"";
  }

  @Test
  void anAgentArrivesAtAnHttpsSiteAndTheSiteGoesOn() throws Exception {
    try (var echo = EchoService.start();
        var lab = lab("    limits: { grace: 0s }", ", tls: { cert: local }")) {
      int web = lab.server().port("web");
      String server = "wss://localhost:" + web;
      int visit = TunnelLab.freePort();
      String visits =
          token(lab, "visitor")
              + "\n    visits: [ { agent: box, service: ssh, key: !secret open, bind: \"127.0.0.1:"
              + visit
              + "\" } ]";
      try (var _ = GatewayFixture.start(agent(server, token(lab, "box"), echo.port()))) {
        int port = lab.port("box", "ssh");
        assertThat(TunnelLab.echo(port, "through the web socket"))
            .isEqualTo("through the web socket");
        String much = "0123456789abcdef".repeat(64 * 1024);
        assertThat(TunnelLab.echo(port, much)).isEqualTo(much);
      }
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(lab.report()).doesNotContain("ssh"));
      String secret =
          agent(server, token(lab, "box"), echo.port())
              .replace("type: tcp,", "type: tcp, private: !secret open,");
      try (var _ = GatewayFixture.start(secret);
          var _ = GatewayFixture.start(agent(server, visits, echo.port()))) {
        lab.awaitReport("\"name\":\"ssh\"");
        await()
            .atMost(PATIENCE)
            .ignoreExceptions()
            .untilAsserted(() -> assertThat(TunnelLab.echo(visit, "visit")).isEqualTo("visit"));
      }
    }
  }

  @Test
  void whatIsNoCarrierIsRefused() throws Exception {
    try (var echo = EchoService.start();
        var lab = lab("", "")) {
      try (var client = lab.server().client("web")) {
        client.send("GET /fl/carrier HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assertThat(text(client.readAll())).contains("HTTP/1.1 426").contains("websocket_only");
      }
      // Without the carrier's own TLS: for servers that gave channel bindings up.
      try (var client = lab.server().client("web")) {
        client.send(
            "GET /fl/carrier HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade,"
                + " close\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: fairlead-tunnel-1\r\n\r\n");
        assertThat(client.readUntil("\r\n\r\n")).contains("HTTP/1.1 400");
      }
      // Frames that hold no TLS end the connection, and nothing else.
      try (var client = lab.server().client("web")) {
        client.send(
            "GET /fl/carrier HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Protocol: fairlead-tunnel-tls\r\n\r\n");
        assertThat(client.readUntil("\r\n\r\n")).contains("HTTP/1.1 101");
        client.send(new byte[] {(byte) 0x82, (byte) 0x85, 0, 0, 0, 0, 'h', 'e', 'l', 'l', 'o'});
        client.readAll();
      }
      try (var client = lab.server().client("web")) {
        client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assertThat(text(client.readAll())).contains("the site");
      }
      assertThat(lab.server().api().get("/metrics").text())
          .containsPattern("fairlead_tunnel_refused_total\\{[^}]*websocket[^}]*\\} 2");
      assertThat(echo.port()).isPositive();
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Test
  void anAgentGoesThroughAProxyThatAsksForALogin() throws Exception {
    String proxying =
        """
        # quick
        listeners: { proxy: { bind: 127.0.0.1:0, proto: mixed, service: out } }
        forward:
          out:
            auth: { users: { box: !secret pass } }
            destinations: { private: allow, connect_ports: all }
        """;
    try (var echo = EchoService.start();
        var lab = lab("", ", tls: { cert: local }");
        var proxy = GatewayFixture.start(proxying)) {
      String keys =
          token(lab, "box")
              + "\n    proxy: { address: \"127.0.0.1:"
              + proxy.port("proxy")
              + "\", user: box, password: !secret pass }";
      String server = "wss://localhost:" + lab.server().port("web") + "/fl/carrier";
      try (var _ = GatewayFixture.start(agent(server, keys, echo.port()))) {
        assertThat(TunnelLab.echo(lab.port("box", "ssh"), "by CONNECT")).isEqualTo("by CONNECT");
        assertThat(proxy.api().get("/v1/connections").text())
            .contains("localhost:" + lab.server().port("web"));
      }
    }
  }

  @Test
  void nginxTerminatesTheWebSocketsTlsAndSeesNothingOfTheCarriers() throws Exception {
    try (var echo = EchoService.start();
        var bound = lab("", "");
        var unbound = lab("    channel_binding: none", "");
        var front =
            NginxFront.start(
                dir,
                Map.of(
                    "/bound",
                    "http://127.0.0.1:" + bound.server().port("web") + "/fl/carrier",
                    "/unbound",
                    "http://127.0.0.1:" + unbound.server().port("web") + "/fl/carrier"))) {
      String server = "wss://127.0.0.1:" + front.port();
      // The token's pin holds end to end: what nginx shows is nobody's key.
      try (var _ =
          GatewayFixture.start(agent(server + "/bound", token(bound, "box"), echo.port()))) {
        assertThat(TunnelLab.echo(bound.port("box", "ssh"), "sealed")).isEqualTo("sealed");
      }
      // Given up on both sides: nginx is what the agent trusts, by its certificate.
      String keys =
          token(unbound, "box") + "\n    channel_binding: none\n    ca: \"" + front.cert() + "\"";
      try (var _ = GatewayFixture.start(agent(server + "/unbound", keys, echo.port()))) {
        assertThat(TunnelLab.echo(unbound.port("box", "ssh"), "bare")).isEqualTo("bare");
      }
    }
  }

  @Test
  void carriersOfOneAddressAreBoundedAndAProxysClientsAreToldApart() throws Exception {
    try (var echo = EchoService.start();
        var lab =
            TunnelLab.startWith(
                "websocket: { site: web }\n    limits: { carriers_per_ip: 2, login: 60s }",
                "tcp_ports: " + TunnelLab.freePorts(2),
                """
                listeners:
                  web: { bind: 127.0.0.1:0, proto: http, service: web }
                  sealed: { bind: 127.0.0.1:0, proto: http, service: web, tls: { cert: local } }
                http:
                  web:
                    default: true
                    trusted_proxies: [127.0.0.1/32]
                    routes: [ { id: r, match: { path: /* }, respond: { status: 200 } } ]
                """)) {
      int web = lab.server().port("web");
      String server = "wss://localhost:" + lab.server().port("sealed");
      String keys = token(lab, "box");
      // One by TLS and one by a web socket are two of the address.
      try (var silent = TunnelLab.connect(lab.carrierPort());
          var _ = GatewayFixture.start(agent(server, keys, echo.port()))) {
        TunnelLab.echo(lab.port("box", "ssh"), "one is there");
        assertThat(silent.isConnected()).isTrue();
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () -> {
                  assertThat(upgrade(web, "")).startsWith("HTTP/1.1 429 ");
                  assertThat(upgrade(web, "X-Forwarded-For: 192.0.2.1\r\n"))
                      .startsWith("HTTP/1.1 101 ");
                });
        assertThat(lab.report()).contains("\"carriers\":1");
        assertThat(
                OverloadIT.metric(
                    lab.server().api().get("/metrics").text(),
                    "fairlead_limit_rejections_total{limit=\"tunnel_carriers_per_ip\"}"))
            .isPositive();
      }
    }
  }

  private static String upgrade(int port, String field) throws Exception {
    try (var socket = TunnelLab.connect(port)) {
      String request =
          "GET /fl/carrier HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
              + "Sec-WebSocket-Protocol: fairlead-tunnel-tls\r\n"
              + field
              + "\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readNBytes(13), StandardCharsets.US_ASCII);
    }
  }
}
