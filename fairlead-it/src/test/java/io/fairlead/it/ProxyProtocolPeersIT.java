package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import io.fairlead.testkit.RawClient;
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

/** HAProxy and nginx write our headers and read them. */
@Timeout(90)
class ProxyProtocolPeersIT {
  private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

  @TempDir private Path dir;

  private Proc haproxy(int port, String rest, Object... arguments) throws Exception {
    Path config = dir.resolve("haproxy.cfg");
    Files.writeString(
        config,
        """
        defaults
          timeout client 30s
          timeout server 30s
          timeout connect 5s
        """
            + rest.formatted(arguments));
    Proc proc =
        Proc.start(
            List.of(Peers.require("haproxy").toString(), "-db", "-f", config.toString()),
            dir,
            Map.of());
    proc.awaitPort(port, Duration.ofSeconds(20));
    return proc;
  }

  @ParameterizedTest
  @CsvSource({"send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c,unique-id"})
  void haproxySpeaksForItsClients(String how) throws Exception {
    int port = NginxOrigin.freePort();
    try (GatewayFixture gateway =
            GatewayFixture.start(
                """
                listeners:
                  echo:
                    bind: "127.0.0.1:0"
                    proto: echo
                    accept_proxy_protocol: { trusted: [ 127.0.0.1/32 ] }
                """);
        Proc _ =
            haproxy(
                port,
                """
                listen in
                  mode tcp
                  bind 127.0.0.1:%d
                  source 127.0.0.1
                  server out 127.0.0.1:%d %s
                """,
                port,
                gateway.port("echo"),
                how);
        RawClient client =
            RawClient.connect("127.0.0.9", new InetSocketAddress("127.0.0.1", port))) {
      String answer = client.send(REQUEST).readAllText();
      assertThat(answer).contains("\"remote\":\"/127.0.0.9:");
    }
  }

  @ParameterizedTest
  @CsvSource({"v1", "v2", "'{ version: v2, fields: [unique_id], custom: { 0xe1: here } }'"})
  void haproxyHearsWhomWeSpeakFor(String how) throws Exception {
    int port = NginxOrigin.freePort();
    try (Proc _ =
            haproxy(
                port,
                """
                frontend all
                  mode http
                  bind 127.0.0.1:%d accept-proxy
                  http-request return status 200 content-type text/plain lf-string "from %%[src]:%%[src_port]"
                """,
                port);
        GatewayFixture gateway =
            GatewayFixture.start(
                """
                listeners: { tcp: { bind: "127.0.0.1:0", proto: tcp, service: s } }
                streams: { s: { destination: "127.0.0.1:%d", send_proxy_protocol: %s } }
                """
                    .formatted(port, how));
        RawClient client =
            RawClient.connect(
                "127.0.0.8", new InetSocketAddress("127.0.0.1", gateway.port("tcp")))) {
      int own = ((InetSocketAddress) client.localAddress()).getPort();
      assertThat(client.send(REQUEST).readAllText()).contains("from 127.0.0.8:" + own);
    }
  }

  @Test
  void nginxHearsWhomWeSpeakFor() throws Exception {
    int port = NginxOrigin.freePort();
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
            listen 127.0.0.1:@PORT@ proxy_protocol;
            location / { return 200 "from $proxy_protocol_addr to $proxy_protocol_server_port"; }
          }
        }
        """
            .replace("@DIR@", dir.toString())
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
    try (Proc nginx = Proc.start(command, dir, Map.of());
        GatewayFixture gateway =
            GatewayFixture.start(
                """
                listeners: { tcp: { bind: "127.0.0.1:0", proto: tcp, service: s } }
                streams: { s: { destination: "127.0.0.1:%d", send_proxy_protocol: v2 } }
                """
                    .formatted(port))) {
      nginx.awaitPort(port, Duration.ofSeconds(20));
      try (RawClient client =
          RawClient.connect("127.0.0.7", new InetSocketAddress("127.0.0.1", gateway.port("tcp")))) {
        assertThat(client.send(REQUEST).readAllText())
            .contains("from 127.0.0.7 to " + gateway.port("tcp"));
      }
    }
  }
}
