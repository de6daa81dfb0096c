package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.FreePorts;
import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Servers behind upstreams learn who the client is; HAProxy and nginx read what we write. */
@Timeout(120)
class ProxyProtocolUpstreamsIT {
  private static final Duration SOON = Duration.ofSeconds(40);
  private static final String ASKED = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String LAST = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

  /** A site, its upstream at {@code %s}, with more keys of that upstream. */
  private static final String SITE =
      """
      listeners: { web: { bind: "127.0.0.1:0", proto: http, service: site } }
      http: { site: { hosts: [ a ], routes: [ { upstream: app } ] } }
      upstreams:
        app:
          endpoints: [ { url: "%s" } ]
      """;

  @TempDir private Path dir;

  // ---- HAProxy -----------------------------------------------------------------------------

  private Proc haproxy(int port, String bind) throws Exception {
    Path config = dir.resolve("haproxy.cfg");
    Files.writeString(
        config,
        """
        defaults
          timeout client 60s
          timeout server 60s
          timeout connect 5s
        frontend all
          mode http
          bind 127.0.0.1:%d accept-proxy %s
          http-request return status 200 content-type text/plain lf-string "from %%[src]:%%[src_port] "
        """
            .formatted(port, bind));
    Proc proc =
        Proc.start(
            List.of(Peers.require("haproxy").toString(), "-db", "-f", config.toString()),
            dir,
            Map.of());
    proc.awaitPort(port, SOON);
    return proc;
  }

  private static RawClient client(String from, GatewayFixture gateway, String listener)
      throws Exception {
    return RawClient.connect(from, new InetSocketAddress("127.0.0.1", gateway.port(listener)));
  }

  private static String heard(RawClient client) throws Exception {
    return client.send(ASKED).readResponse().text();
  }

  private static String own(RawClient client) throws Exception {
    InetSocketAddress address = (InetSocketAddress) client.localAddress();
    return "from " + address.getAddress().getHostAddress() + ":" + address.getPort() + " ";
  }

  @ParameterizedTest
  @CsvSource({
    "v1, h1, ''",
    "v2, h1, ''",
    "v1, h2c, proto h2",
    "'{ version: v2, fields: [unique_id], custom: { 0xe1: here } }', h2c, proto h2"
  })
  void haproxyHearsEachClientBehindASite(String how, String protocol, String bind)
      throws Exception {
    int port = FreePorts.one();
    String more =
        "    protocol: "
            + protocol
            + "\n    send_proxy_protocol: "
            + how
            + "\n    health: { type: tcp, interval: 1s }\n";
    try (Proc _ = haproxy(port, bind);
        GatewayFixture gateway =
            GatewayFixture.start(SITE.formatted("http://127.0.0.1:" + port) + more);
        RawClient one = client("127.0.0.8", gateway, "web");
        RawClient other = client("127.0.0.9", gateway, "web")) {
      for (int round = 0; round < 3; round++) {
        assertThat(heard(one)).isEqualTo(own(one));
        assertThat(heard(other)).isEqualTo(own(other));
      }
    }
  }

  @Test
  void theHeaderComesBeforeTlsThatTheGatewaySpeaks() throws Exception {
    int port = FreePorts.one();
    Pem pem = Pem.selfMade(dir, "localhost");
    Path both = dir.resolve("both.pem");
    Files.writeString(both, Files.readString(pem.cert()) + Files.readString(pem.key()));
    String yaml =
        """
        listeners:
          web: { bind: "127.0.0.1:0", proto: http, service: site }
          told: { bind: "127.0.0.1:0", proto: tcp, service: told }
          inherited: { bind: "127.0.0.1:0", proto: tcp, service: inherited }
        http: { site: { hosts: [ a ], routes: [ { upstream: app } ] } }
        streams:
          told: { upstream: app, send_proxy_protocol: v1 }
          inherited: { upstream: app }
        upstreams:
          app:
            endpoints: [ { url: "https://127.0.0.1:%d" } ]
            tls: { insecure_skip_verify: true }
            health: { path: /, interval: 1s }
            send_proxy_protocol: v2
        """
            .formatted(port);
    try (Proc _ = haproxy(port, "ssl crt " + both);
        GatewayFixture gateway = GatewayFixture.start(yaml)) {
      for (String listener : List.of("web", "told", "inherited")) {
        try (RawClient client = client("127.0.0.7", gateway, listener)) {
          assertThat(heard(client)).as(listener).isEqualTo(own(client));
        }
      }
      // A check speaks for itself, and is heard.
      await()
          .atMost(SOON)
          .untilAsserted(
              () -> assertThat(gateway.api().get("/v1/upstreams").text()).contains("\"healthy\""));
    }
  }

  // ---- nginx -------------------------------------------------------------------------------

  @Test
  void nginxHearsEachClientOverTls() throws Exception {
    int port = FreePorts.one();
    Pem pem = Pem.selfMade(dir, "localhost");
    Path config = dir.resolve("nginx.conf");
    Files.writeString(
        config,
        """
        daemon off;
        master_process off;
        pid @DIR@/nginx.pid;
        error_log @DIR@/error.log;
        events { worker_connections 64; }
        http {
          access_log off;
          client_body_temp_path @DIR@/body;
          proxy_temp_path @DIR@/proxy;
          fastcgi_temp_path @DIR@/fastcgi;
          uwsgi_temp_path @DIR@/uwsgi;
          scgi_temp_path @DIR@/scgi;
          server {
            listen 127.0.0.1:@PORT@ ssl http2 proxy_protocol;
            ssl_certificate @CERT@;
            ssl_certificate_key @KEY@;
            location / {
              return 200 "from $proxy_protocol_addr:$proxy_protocol_port $server_protocol";
            }
          }
        }
        """
            .replace("@DIR@", dir.toString())
            .replace("@CERT@", pem.cert().toString())
            .replace("@KEY@", pem.key().toString())
            .replace("@PORT@", Integer.toString(port)));
    List<String> command =
        List.of(
            Peers.require("nginx").toString(),
            "-p",
            dir.toString(),
            "-e",
            "error.log",
            "-c",
            config.toString());
    String more = "    tls: { insecure_skip_verify: true }\n    send_proxy_protocol: v2\n";
    try (Proc nginx = Proc.start(command, dir, Map.of());
        GatewayFixture gateway =
            GatewayFixture.start(SITE.formatted("https://127.0.0.1:" + port) + more)) {
      nginx.awaitPort(port, SOON);
      try (RawClient one = client("127.0.0.5", gateway, "web");
          RawClient other = client("127.0.0.6", gateway, "web")) {
        for (int round = 0; round < 2; round++) {
          assertThat(heard(one)).isEqualTo(own(one) + "HTTP/2.0"); // agreed on by TLS
          assertThat(heard(other)).isEqualTo(own(other) + "HTTP/2.0");
        }
      }
    }
  }

  // ---- whose connection it is --------------------------------------------------------------

  @Test
  void aConnectionServesOneClientAndEndsWithIt() throws Exception {
    try (RecordingServer server =
            RecordingServer.start(
                conversation -> {
                  conversation.readUntil("\r\n"); // the header
                  while (conversation.readRequest().isPresent()) {
                    conversation.send(RecordingServer.response(200, "fine"));
                  }
                });
        GatewayFixture gateway =
            GatewayFixture.start(
                SITE.formatted("http://127.0.0.1:" + server.port())
                    + "    send_proxy_protocol: v1\n")) {
      try (RawClient one = client("127.0.0.8", gateway, "web")) {
        heard(one);
        heard(one);
        assertThat(server.conversations()).hasSize(1);
        try (RawClient other = client("127.0.0.9", gateway, "web")) {
          assertThat(other.send(LAST).readAllText()).contains("200");
        }
        assertThat(server.conversations()).hasSize(2);
        // Its client left, so it ends, though nobody asked the server to close.
        server.conversation(1).awaitOver();
        heard(one);
        assertThat(server.conversations()).hasSize(2);
      }
      server.conversation(0).awaitOver();
      for (RecordingServer.Conversation conversation : server.conversations()) {
        assertThat(conversation.receivedText())
            .startsWith("PROXY TCP4 127.0.0.")
            .containsOnlyOnce("PROXY ");
      }
    }
  }

  @Test
  void aServerThatMovesIsToldAnew() throws Exception {
    RecordingServer.Script answering =
        conversation -> {
          while (conversation.readRequest().isPresent()) {
            conversation.send(RecordingServer.response(200, "fine"));
          }
        };
    try (RecordingServer plain = RecordingServer.start(answering);
        GatewayFixture gateway =
            GatewayFixture.start(SITE.formatted("http://127.0.0.1:" + plain.port()));
        RawClient client = client("127.0.0.8", gateway, "web")) {
      heard(client);
      gateway.replaceConfig(
          SITE.formatted("http://127.0.0.1:" + plain.port()) + "    send_proxy_protocol: v1\n");
      assertThat(gateway.api().post("/v1/reload").status()).isEqualTo(200);
      client.send(ASKED); // the server takes the header for a bad request
      await().atMost(SOON).until(() -> plain.conversations().size() > 1);
      assertThat(plain.conversation(1).awaitReceived("PROXY TCP4 127.0.0.8").receivedText())
          .startsWith("PROXY TCP4 127.0.0.8 127.0.0.1 ");
    }
  }
}
