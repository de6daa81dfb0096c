package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Web sockets to an upstream whose version TLS decides. */
class WebSocketAutoIT {
  private static final String UPSTREAM =
      """
      certs: { own: { internal: true, hosts: [localhost] } }
      listeners:
        echo: { bind: "127.0.0.1:0", proto: echo, tls: { cert: own } }
      """;
  private static final String FRONT =
      """
      listeners:
        web: { bind: "127.0.0.1:0", proto: http, service: site }
      http:
        site: { default: true, routes: [ { match: { path: /* }, upstream: up, websocket: true } ] }
      upstreams:
        up:
          endpoints: [ { url: "https://127.0.0.1:@PORT@" } ]
          tls: { insecure_skip_verify: true }
      """;

  @Test
  void aSharedConnectionThatTakesThemCarriesThem() throws Exception {
    try (GatewayFixture upstream = GatewayFixture.start(UPSTREAM);
        GatewayFixture front =
            GatewayFixture.start(
                FRONT.replace("@PORT@", Integer.toString(upstream.port("echo"))))) {
      try (RawClient client = front.client("web")) {
        webSocket(client); // nothing is known of the server yet: HTTP/1.1
      }
      assertThat(count(upstream, "http2_connections_accepted")).isZero();
      assertThat(count(front, "http_pool_opened")).isEqualTo(1);
      try (RawClient client = front.client("web")) {
        client.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n");
        assertThat(client.readResponse().status()).isEqualTo(200);
        assertThat(count(upstream, "http2_connections_accepted")).isEqualTo(1);
        assertThat(count(front, "http_pool_opened")).isEqualTo(2);
        webSocket(client); // of the same event loop: over the connection that the request made
      }
      assertThat(count(front, "http_pool_opened")).isEqualTo(2);
      assertThat(count(front, "http_pool_reused")).isEqualTo(1);
    }
  }

  private static void webSocket(RawClient client) throws IOException {
    client.send(
        "GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 101");
    // "Hello", masked (RFC 6455 §5.7), comes back unmasked.
    byte[] hello = {
      (byte) 0x81, (byte) 0x85, 0x37, (byte) 0xfa, 0x21, 0x3d, 0x7f, (byte) 0x9f, 0x4d, 0x51, 0x58
    };
    client.send(hello);
    assertThat(client.readExactly(7))
        .isEqualTo(new byte[] {(byte) 0x81, 5, 'H', 'e', 'l', 'l', 'o'});
  }

  private static int count(GatewayFixture gateway, String meter) throws IOException {
    Matcher count =
        Pattern.compile("fairlead_" + meter + "_total(?:\\{[^}]*})? ([0-9.]+)")
            .matcher(
                gateway.control("/metrics", "Authorization: Bearer " + gateway.token()).text());
    return count.find() ? (int) Double.parseDouble(count.group(1)) : 0;
  }
}
