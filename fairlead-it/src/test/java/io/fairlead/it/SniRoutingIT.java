package io.fairlead.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** TLS clients of others (openssl, curl), led by what they ask for and secured by the servers. */
@Timeout(90)
class SniRoutingIT {
  @TempDir private Path dir;
  private final List<Proc> servers = new ArrayList<>();
  private final List<Integer> ports = new ArrayList<>();
  private GatewayFixture gateway;
  private RecordingServer plain;

  @BeforeEach
  void start() throws Exception {
    for (String name : List.of("a", "b")) {
      Path cert = certificate(name);
      int port = NginxOrigin.freePort();
      Proc server =
          Proc.start(
              List.of(
                  Peers.require("openssl").toString(),
                  "s_server",
                  "-accept",
                  "127.0.0.1:" + port,
                  "-cert",
                  cert.toString(),
                  "-key",
                  cert.toString(),
                  "-alpn",
                  "h2,http/1.1",
                  "-www",
                  "-quiet"),
              dir,
              Map.of());
      server.awaitPort(port, Duration.ofSeconds(20));
      servers.add(server);
      ports.add(port);
    }
    plain = TcpStreamsIT.named("plain");
    gateway =
        GatewayFixture.start(
            """
            listeners: { tls: { bind: "127.0.0.1:0", proto: tcp, service: edge } }
            streams:
              edge:
                client_hello: { timeout: 1s }
                routes:
                  - { id: h2, match: { sni: [both.test], alpn: [h2] }, upstream: a }
                  - { id: h1, match: { sni: [both.test], alpn: [http/1.1] }, upstream: b }
                  - { id: a, match: { sni: [a.test, "*.a.test"] }, upstream: a }
                  - { id: b, match: { sni: [b.test] }, upstream: b }
                  - { id: no, match: { sni: [no.test] }, reject: true }
                  - { id: ssh, match: { starts_with: ["SSH-"] }, destination: "127.0.0.1:%d" }
            upstreams:
              a: { endpoints: [ { address: "127.0.0.1:%d" } ] }
              b: { endpoints: [ { address: "127.0.0.1:%d" } ] }
            """
                .formatted(plain.port(), ports.get(0), ports.get(1)));
  }

  /** Certificate and key in one file, the server's name in it. */
  private Path certificate(String name) throws Exception {
    Path file = dir.resolve(name + ".pem");
    List<String> command =
        List.of(
            Peers.require("openssl").toString(),
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=" + name,
            "-keyout",
            file.toString(),
            "-out",
            file + ".crt");
    try (Proc made = Proc.start(command, dir, Map.of())) {
      assertThat(made.awaitExit(Duration.ofSeconds(20))).as(made.stderr()).isZero();
    }
    Files.writeString(file, Files.readString(Path.of(file + ".crt")), StandardOpenOption.APPEND);
    return file;
  }

  @AfterEach
  void stop() throws IOException {
    if (gateway != null) gateway.close();
    servers.forEach(Proc::close);
    if (plain != null) plain.close();
  }

  private String openssl(String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of(
            Peers.require("openssl").toString(),
            "s_client",
            "-connect",
            "127.0.0.1:" + gateway.port("tls")));
    command.addAll(List.of(arguments));
    try (Proc client = Proc.start(command, dir, Map.of())) {
      client.stdin().close();
      client.awaitExit(Duration.ofSeconds(20));
      return client.stdout() + client.stderr();
    }
  }

  @Test
  void theNameChoosesTheServerAndItsCertificateArrives() throws Exception {
    assertThat(openssl("-servername", "a.test")).contains("CN = a").doesNotContain("CN = b");
    assertThat(openssl("-servername", "deep.down.A.test")).contains("CN = a");
    assertThat(openssl("-servername", "b.test", "-tls1_2")).contains("CN = b");
  }

  @Test
  void theProtocolDecidesWhereTheNameIsTheSame() throws Exception {
    assertThat(openssl("-servername", "both.test", "-alpn", "h2"))
        .contains("CN = a")
        .contains("ALPN protocol: h2");
    assertThat(openssl("-servername", "both.test", "-alpn", "http/1.1"))
        .contains("CN = b")
        .contains("ALPN protocol: http/1.1");
    assertThat(openssl("-servername", "both.test", "-alpn", "imap"))
        .contains("no application protocol");
  }

  @Test
  void whoFitsNoRouteGetsAnAlert() throws Exception {
    assertThat(openssl("-servername", "other.test")).contains("unrecognized name");
    assertThat(openssl("-servername", "no.test")).contains("unrecognized name");
    assertThat(openssl("-noservername")).contains("unrecognized name");
  }

  @Test
  void whoSpeaksNoTlsIsKnownByHisFirstBytes() throws Exception {
    try (RawClient client = gateway.client("tls")) {
      client.send("SS").send("H-2.0-x\r\n");
      assertThat(client.readUntil("SSH-2.0-x\r\n")).isEqualTo("plain\nSSH-2.0-x\r\n");
    }
    try (RawClient other = gateway.client("tls")) {
      assertThat(other.send("HELO\r\n").drainToEnd()).isNotNull();
    }
    try (RawClient slow = gateway.client("tls")) {
      assertThat(slow.send(new byte[] {22, 3, 1}).drainToEnd()).isNotNull(); // its time ends
    }
    LimitsIT.assertRejected(gateway, "client_hello");
    try (RawClient broken = gateway.client("tls")) {
      assertThat(broken.send(new byte[] {22, 3, 1, 0, 4, 2, 0, 0, 0}).readExactly(7))
          .isEqualTo(new byte[] {21, 3, 3, 0, 2, 2, 50}); // decode_error
    }
  }

  @Test
  void aWholeAnswerPassesToCurl() throws Exception {
    int port = gateway.port("tls");
    assertThat(
            Curl.output(
                "-k",
                "--http1.1",
                "--resolve",
                "b.test:" + port + ":127.0.0.1",
                "https://b.test:" + port + "/"))
        .contains("Ciphers supported");
  }

  @Test
  void whereTlsEndsAtTheListenerItsHandshakeTellsTheName() throws Exception {
    Path cert = certificate("here");
    try (GatewayFixture ends =
        GatewayFixture.start(
            """
            certs: { here: { files: { cert: %s, key: %s } } }
            listeners:
              tls: { bind: "127.0.0.1:0", proto: tcp, service: edge, tls: { cert: here } }
            streams:
              edge:
                routes:
                  - { id: in, match: { sni: [in.test] }, destination: "127.0.0.1:%d" }
            """
                .formatted(cert, cert, plain.port()))) {
      String[] open = {
        Peers.require("openssl").toString(),
        "s_client",
        "-quiet",
        "-connect",
        "127.0.0.1:" + ends.port("tls"),
        "-servername",
        "in.test"
      };
      try (Proc client = Proc.start(open)) {
        client.awaitLine("plain", Duration.ofSeconds(20)); // through TLS 1.3, from the server
        client.stdin().write("echo this\n".getBytes(US_ASCII));
        client.stdin().flush();
        client.awaitLine("echo this", Duration.ofSeconds(20));
      }
      open[open.length - 1] = "out.test";
      try (Proc client = Proc.start(open)) {
        client.awaitExit(Duration.ofSeconds(20));
        assertThat(client.stdout()).doesNotContain("plain");
      }
    }
  }
}
