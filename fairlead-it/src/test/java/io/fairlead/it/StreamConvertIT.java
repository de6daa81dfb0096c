package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.app.convert.ConfigConversion;
import io.fairlead.app.convert.Includes;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Converted {@code stream} blocks, running. */
@Timeout(90)
class StreamConvertIT {
  private static GatewayFixture converted(ConfigConversion.Format format, String text)
      throws Exception {
    Path dir = Files.createTempDirectory("fairlead-streams");
    String yaml =
        ConfigConversion.convert(
                format, new ConfigSource("foreign.conf", text, dir), new Includes.Never())
            .yaml()
            .replaceFirst("version: 1\n", "")
            .replaceFirst("(?s)control:.*?\n(?=\\w)", "");
    return GatewayFixture.start(dir, yaml);
  }

  private static RecordingServer saying(String word) throws IOException {
    return RecordingServer.start(
        conversation -> {
          conversation.send(word);
          conversation.readAll();
        });
  }

  @Test
  void nginxServersLeadWhereTheyDid() throws Exception {
    try (RecordingServer one = saying("one");
        RecordingServer two = saying("two");
        RecordingServer rest = saying("rest");
        DatagramSocket quotes = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        GatewayFixture gateway =
            converted(
                ConfigConversion.Format.NGINX,
                """
                stream {
                  map $ssl_preread_server_name $where {
                    a.example.org group;
                    b.example.org 127.0.0.1:@TWO@;
                    default 127.0.0.1:@REST@;
                  }
                  upstream group { server 127.0.0.1:@ONE@; }
                  server { listen 127.0.0.1:0; proxy_pass 127.0.0.1:@TWO@; proxy_protocol on; }
                  server { listen 127.0.0.1:0 udp; proxy_pass 127.0.0.1:@UDP@; proxy_responses 1; }
                  server { listen 127.0.0.1:0; ssl_preread on; proxy_pass $where; }
                  server { listen 127.0.0.1:0; deny 127.0.0.1; allow all; proxy_pass group; }
                }
                """
                    .replace("@ONE@", Integer.toString(one.port()))
                    .replace("@TWO@", Integer.toString(two.port()))
                    .replace("@REST@", Integer.toString(rest.port()))
                    .replace("@UDP@", Integer.toString(quotes.getLocalPort())))) {
      try (RawClient plain = gateway.client("tcp_0")) {
        assertThat(new String(plain.readExactly(3), StandardCharsets.US_ASCII)).isEqualTo("two");
      }
      assertThat(two.conversation(0).awaitReceived("PROXY TCP4 127.0.0.1").receivedText())
          .startsWith("PROXY ");
      for (String name : List.of("a.example.org one", "b.example.org two", "c.example.org rest")) {
        String[] words = name.split(" ", -1);
        try (RawClient client = gateway.client("tcp_0_2").send(hello(words[0]))) {
          assertThat(client.readUntil(words[1])).as(name).isEqualTo(words[1]);
        }
      }
      try (RawClient refused = gateway.client("tcp_0_3")) {
        assertThat(refused.drainToEnd()).isNotNull();
      }
      assertThat(asked(gateway.port("udp_0"), quotes)).isEqualTo("QUOTE");
    }
  }

  /** The first bytes of a TLS client that asks for that name. */
  private static byte[] hello(String name) throws Exception {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine(name, 443);
    engine.setUseClientMode(true);
    SSLParameters asked = engine.getSSLParameters();
    asked.setServerNames(List.of(new SNIHostName(name)));
    engine.setSSLParameters(asked);
    ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), out);
    return Arrays.copyOf(out.array(), out.position());
  }

  private static String asked(int port, DatagramSocket server) throws IOException {
    try (DatagramSocket client = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      client.setSoTimeout(40_000);
      server.setSoTimeout(40_000);
      byte[] ask = "quote".getBytes(StandardCharsets.US_ASCII);
      client.send(new DatagramPacket(ask, ask.length, InetAddress.getLoopbackAddress(), port));
      DatagramPacket seen = new DatagramPacket(new byte[64], 64);
      server.receive(seen);
      byte[] answer =
          new String(seen.getData(), 0, seen.getLength(), StandardCharsets.US_ASCII)
              .toUpperCase(Locale.ROOT)
              .getBytes(StandardCharsets.US_ASCII);
      server.send(new DatagramPacket(answer, answer.length, seen.getSocketAddress()));
      DatagramPacket heard = new DatagramPacket(new byte[64], 64);
      client.receive(heard);
      return new String(heard.getData(), 0, heard.getLength(), StandardCharsets.US_ASCII);
    }
  }

  @Test
  void wmproxyServersLeadWhereTheyDid() throws Exception {
    try (RecordingServer db = saying("db");
        RecordingServer other = saying("other");
        GatewayFixture gateway =
            converted(
                ConfigConversion.Format.WMPROXY,
                """
                http:
                  limit_req_zone: { limit: "{client_ip} limit=10m rate=1r/m" }
                  server:
                    - bind_addr: "127.0.0.1:0"
                      limit_req: "zone=limit brust=1 nodelay"
                      location:
                        - rule: "/"
                          static_response: { status: 200, body: "fine" }
                stream:
                  upstream:
                    - name: "db"
                      server: [ { addr: "127.0.0.1:%d" } ]
                  server:
                    - { bind_addr: "127.0.0.1:0", bind_mode: "tcp", up_name: "db" }
                    - { bind_addr: "127.0.0.1:0", proxy_url: "127.0.0.1:%d" }
                """
                    .formatted(db.port(), other.port()))) {
      try (RawClient client = gateway.client("tcp_0")) {
        assertThat(client.readUntil("db")).isEqualTo("db");
      }
      try (RawClient client = gateway.client("tcp_0_2")) {
        assertThat(client.readUntil("other")).isEqualTo("other");
      }
      String asked = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
      try (RawClient client = gateway.client("http_0")) {
        assertThat(client.send(asked).readResponse().status()).isEqualTo(200);
        assertThat(client.send(asked).readResponse().status()).isEqualTo(200); // the burst
        assertThat(client.send(asked).readResponse().status()).isEqualTo(429);
      }
    }
  }
}
