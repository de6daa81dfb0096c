package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * HTTP/2 with programs of others on both sides: curl, h2load and Python's h2 as clients, nghttpd as
 * an origin with and without TLS.
 */
class Http2PeersIT {
  private static final Path PYTHON = Path.of("/usr/bin/python3");

  /** A web socket over HTTP/2 (RFC 8441): arguments are port and path. */
  private static final String WEB_SOCKET =
      """
      import socket, sys
      import h2.config, h2.connection, h2.events
      from wsproto.connection import Connection, ConnectionType
      from wsproto.events import BytesMessage, CloseConnection

      s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 15)
      s.settimeout(15)
      c = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
      c.initiate_connection()
      s.sendall(c.data_to_send())

      def events():
          data = s.recv(65536)
          assert data, "closed"
          got = c.receive_data(data)
          s.sendall(c.data_to_send())
          return got

      def until(kind):
          while True:
              for event in events():
                  if isinstance(event, kind):
                      return event
                  assert not isinstance(event, h2.events.ConnectionTerminated), event

      settings = until(h2.events.RemoteSettingsChanged)
      assert settings.changed_settings[8].new_value == 1
      sid = c.get_next_available_stream_id()
      c.send_headers(sid, [(":method", "CONNECT"), (":protocol", "websocket"),
                           (":scheme", "http"), (":authority", "test"), (":path", sys.argv[2]),
                           ("sec-websocket-version", "13")])
      s.sendall(c.data_to_send())
      head = dict(until(h2.events.ResponseReceived).headers)
      assert head.get(b":status", head.get(":status")) in (b"200", "200"), head
      print("open")
      ws = Connection(ConnectionType.CLIENT)
      payload = bytes(i % 251 for i in range(50000))
      out = ws.send(BytesMessage(payload))
      for i in range(0, len(out), 16000):
          c.send_data(sid, out[i:i + 16000])
      s.sendall(c.data_to_send())
      got = b""
      while len(got) < len(payload):
          for event in events():
              if isinstance(event, h2.events.DataReceived):
                  c.acknowledge_received_data(event.flow_controlled_length, sid)
                  ws.receive_data(event.data)
                  for message in ws.events():
                      if isinstance(message, BytesMessage):
                          got += message.data
              assert not isinstance(event, h2.events.StreamReset), event
          s.sendall(c.data_to_send())
      assert got == payload
      print("echo")
      c.send_data(sid, ws.send(CloseConnection(1000)))
      s.sendall(c.data_to_send())
      until(h2.events.StreamEnded)
      print("closed")
      """;

  private static NginxOrigin origin;
  private static Proc clear;
  private static Proc secured;
  private static GatewayFixture gateway;

  @BeforeAll
  static void start() throws Exception {
    Path nghttpd = Peers.require("nghttpd");
    origin = NginxOrigin.start();
    Path dir = Files.createTempDirectory("fairlead-it");
    Pem pem = Pem.selfMade(dir, "site");
    int clearPort = NginxOrigin.freePort();
    int securedPort = NginxOrigin.freePort();
    String docs = origin.documents().toString();
    clear =
        Proc.start(
            nghttpd.toString(),
            "-a",
            "127.0.0.1",
            "-d",
            docs,
            "--no-tls",
            Integer.toString(clearPort));
    secured =
        Proc.start(
            nghttpd.toString(),
            "-a",
            "127.0.0.1",
            "-d",
            docs,
            Integer.toString(securedPort),
            pem.key().toString(),
            pem.cert().toString());
    clear.awaitPort(clearPort, Duration.ofSeconds(10));
    secured.awaitPort(securedPort, Duration.ofSeconds(10));
    gateway =
        GatewayFixture.start(
            dir,
            """
            certs: { local: { files: { cert: @DIR@/site.crt, key: @DIR@/site.key } } }
            listeners:
              web: { bind: "127.0.0.1:0", proto: http, service: site, h2c: true }
              sec: { bind: "127.0.0.1:0", proto: http, service: site, tls: { cert: local } }
              old:
                bind: "127.0.0.1:0"
                proto: http
                service: site
                tls: { cert: local, http2: false }
              echo: { bind: "127.0.0.1:0", proto: echo, h2c: true }
              echo1: { bind: "127.0.0.1:0", proto: echo }
            http:
              site:
                routes:
                  - { match: { path: /ws1 }, upstream: echo1, websocket: true }
                  - { match: { path: /ws2 }, upstream: echo2, websocket: true }
                  - { match: { host: h1.test }, upstream: h1 }
                  - { match: { host: h2c.test }, upstream: h2c }
                  - { match: { path: /* }, upstream: auto }
            upstreams:
              h1: { endpoints: [ { url: "http://127.0.0.1:@H1@" } ] }
              h2c: { endpoints: [ { url: "http://127.0.0.1:@H2C@" } ], protocol: h2c }
              auto: { endpoints: [ { url: "https://127.0.0.1:@H2@" } ], tls: { ca: @DIR@/site.crt } }
              echo1: { endpoints: [ { url: "http://127.0.0.1:1" } ] }
              echo2: { endpoints: [ { url: "http://127.0.0.1:1" } ], protocol: h2c }
            """
                .replace("@H1@", Integer.toString(origin.port()))
                .replace("@H2C@", Integer.toString(clearPort))
                .replace("@H2@", Integer.toString(securedPort)));
    // The echo ports are known now: a reload, as an operator would.
    String yaml = Files.readString(gateway.configFile());
    int echo1 = gateway.port("echo1");
    int echo2 = gateway.port("echo");
    GatewayFixture.replace(
        gateway.configFile(),
        yaml.replaceFirst("127.0.0.1:1\\\"", "127.0.0.1:" + echo1 + "\\\"")
            .replaceFirst("127.0.0.1:1\\\"", "127.0.0.1:" + echo2 + "\\\""));
    assertThat(gateway.control("/reload").status()).isEqualTo(200);
  }

  @AfterAll
  static void stop() throws Exception {
    if (gateway != null) gateway.close();
    if (clear != null) clear.close();
    if (secured != null) secured.close();
    if (origin != null) origin.close();
  }

  @ParameterizedTest
  @CsvSource({
    "web, --http1.1, h1.test, 1.1",
    "web, --http2-prior-knowledge, h1.test, 2",
    "web, --http2-prior-knowledge, h2c.test, 2",
    "web, --http2-prior-knowledge, auto.test, 2",
    "web, --http1.1, h2c.test, 1.1",
    "web, --http2, h2c.test, 1.1", // its Upgrade is not answered
    "sec, --http2, h1.test, 2",
    "sec, --http2, h2c.test, 2",
    "sec, --http2, auto.test, 2",
    "old, --http2, auto.test, 1.1"
  })
  void curlGetsTheSameBytes(String listener, String flag, String host, String version)
      throws Exception {
    String url =
        (listener.equals("web") ? "http" : "https")
            + "://127.0.0.1:"
            + gateway.port(listener)
            + "/up/";
    for (String name : List.of("1k", "1m")) {
      Curl.Seen seen = Curl.run("-k", flag, "-H", "Host: " + host, url + name);
      assertThat(seen.exit()).as("%s", seen).isZero();
      assertThat(seen.body()).isEqualTo(origin.file(name));
      assertThat(seen.head()).startsWith("HTTP/" + version + " 200");
    }
  }

  @Test
  void h2loadIsServedWithoutAFailure() throws Exception {
    String program = Peers.require("h2load").toString();
    for (String host : List.of("h1.test", "h2c.test")) {
      for (String url :
          List.of(
              "http://127.0.0.1:" + gateway.port("web"),
              "https://127.0.0.1:" + gateway.port("sec"))) {
        try (Proc load =
            Proc.start(
                program,
                "-n",
                "400",
                "-c",
                "4",
                "-m",
                "20",
                "-H",
                ":authority: " + host,
                url + "/up/1k")) {
          assertThat(load.awaitExit(Duration.ofSeconds(60))).as("%s", load.stderr()).isZero();
          assertThat(load.stdout()).contains("400 succeeded, 0 failed, 0 errored");
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"web, /ws1", "web, /ws2", "echo, /"})
  void aWebSocketOpensOverHttp2(String listener, String path) throws Exception {
    Path script = Files.createTempFile("fairlead-h2ws", ".py");
    try {
      Files.writeString(script, WEB_SOCKET);
      String python = (Files.isExecutable(PYTHON) ? PYTHON : Peers.require("python3")).toString();
      List<String> command = new ArrayList<>(List.of(python, script.toString()));
      command.add(Integer.toString(gateway.port(listener)));
      command.add(path);
      try (Proc client = Proc.start(command, script.getParent(), Map.of())) {
        int exit = client.awaitExit(Duration.ofSeconds(60));
        if (client.stderr().contains("No module named")) Peers.require("python3-h2");
        assertThat(exit).as("%s\n%s", client.stdout(), client.stderr()).isZero();
        assertThat(client.stdout().lines()).containsExactly("open", "echo", "closed");
      }
    } finally {
      Files.delete(script);
    }
  }

  @Test
  void aWebSocketOverHttp1ReachesAnHttp2Upstream() throws IOException {
    try (io.fairlead.testkit.RawClient client = gateway.client("web")) {
      client.send(
          "GET /ws2 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
      assertThat(client.readUntil("\r\n\r\n").toLowerCase(java.util.Locale.ROOT))
          .startsWith("http/1.1 101")
          .contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=");
      // "Hello", masked (RFC 6455 §5.7), comes back unmasked.
      byte[] hello = {
        (byte) 0x81, (byte) 0x85, 0x37, (byte) 0xfa, 0x21, 0x3d, 0x7f, (byte) 0x9f, 0x4d, 0x51, 0x58
      };
      client.send(hello);
      assertThat(client.readExactly(7))
          .isEqualTo(new byte[] {(byte) 0x81, 5, 'H', 'e', 'l', 'l', 'o'});
    }
  }
}
