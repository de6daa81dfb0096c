package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The forward proxy between programs of others: curl, proxychains and PySocks in front, microsocks,
 * dante and tinyproxy behind, nginx as the origin.
 */
class ForwardPeersIT {
  private static final String CONFIG =
      """
      limits: { event_loop_delay: off }
      listeners:
        mixed:  { bind: "127.0.0.1:0", proto: mixed, service: chained }
        sealed: { bind: "127.0.0.1:0", proto: mixed, service: plain, tls: { cert: own } }
        plain:  { bind: "127.0.0.1:0", proto: mixed, service: plain }
        six:    { bind: "[::1]:0", proto: mixed, service: plain }
      certs:
        own: { files: { cert: "@CERT@", key: "@KEY@" } }
      forward:
        plain:
          modes: [http, connect, socks4, socks5]
          destinations: { private: allow, connect_ports: all }
        chained:
          modes: [http, connect, socks4, socks5]
          destinations: { private: allow, connect_ports: all }
          egress:
            proxies:
              micro: { type: socks5, address: "127.0.0.1:@MICRO@", user: me, password: !secret "p:w" }
              dante: { type: socks5, address: "127.0.0.1:@DANTE@" }
              tiny:  { type: http, address: "127.0.0.1:@TINY@", user: me, password: !secret pw }
              sealed:
                { type: http, address: "127.0.0.1:@TLS@", user: me, password: !secret pw,
                  tls: { ca: "@CERT@", server_name: localhost } }
              wrong: { type: http, address: "127.0.0.1:@TINY@", user: me, password: !secret no }
            rules:
              - { via: micro, destination: "*.micro.localhost" }
              - { via: dante, destination: "*.dante.localhost" }
              - { via: tiny, destination: "*.tiny.localhost" }
              - { via: sealed, destination: "*.sealed.localhost" }
              - { via: [wrong, dante], destination: "*.fallback.localhost" }
              - { via: wrong, destination: "*.wrong.localhost" }
      """;

  private static NginxOrigin nginx;
  private static OtherProxies micro;
  private static OtherProxies dante;
  private static OtherProxies tiny;
  private static OtherProxies sealed;
  private static GatewayFixture gateway;
  private static Pem pem;

  @BeforeAll
  static void start() throws Exception {
    nginx = NginxOrigin.start();
    micro = OtherProxies.microsocks("me", "p:w");
    dante = OtherProxies.dante();
    tiny = OtherProxies.tinyproxy("me", "pw");
    Path dir = Files.createTempDirectory("fairlead-it");
    pem = Pem.selfMade(dir, "own");
    sealed = OtherProxies.tls(pem, tiny.port());
    gateway =
        GatewayFixture.start(
            dir,
            CONFIG
                .replace("@MICRO@", "" + micro.port())
                .replace("@DANTE@", "" + dante.port())
                .replace("@TINY@", "" + tiny.port())
                .replace("@TLS@", "" + sealed.port())
                .replace("@CERT@", pem.cert().toString())
                .replace("@KEY@", pem.key().toString()));
  }

  @AfterAll
  static void stop() throws Exception {
    for (AutoCloseable each : new AutoCloseable[] {gateway, sealed, tiny, dante, micro, nginx}) {
      if (each != null) each.close();
    }
  }

  private static String at(String listener) {
    return "127.0.0.1:" + gateway.port(listener);
  }

  // --- through other proxies ---------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({
    "micro, http://",
    "micro, socks5h://",
    "micro, socks4a://",
    "dante, http://",
    "dante, socks5h://",
    "tiny, http://",
    "tiny, socks5h://",
    "sealed, http://",
    "fallback, http://",
  })
  void aTunnelAndARequestGoThrough(String via, String scheme) throws Exception {
    String host = "a." + via + ".localhost";
    Curl.Seen tunnel =
        Curl.run(
            "-p", "-x", scheme + at("mixed"), "http://" + host + ":" + nginx.port() + "/up/1m");
    assertThat(tunnel.status()).as("%s", tunnel).isEqualTo(200);
    assertThat(tunnel.body()).isEqualTo(nginx.file("1m"));
    Curl.Seen request =
        Curl.run("-x", scheme + at("mixed"), "http://" + host + ":" + nginx.port() + "/up/1k");
    assertThat(request.status()).as("%s", request).isEqualTo(200);
    assertThat(request.body()).isEqualTo(nginx.file("1k"));
  }

  @Test
  void tlsToTheOriginPassesUntouched() throws Exception {
    Curl.Seen seen =
        Curl.run(
            "-x",
            "http://" + at("mixed"),
            "-k",
            "https://a.sealed.localhost:" + nginx.tlsPort() + "/up/1m");
    assertThat(seen.body()).as("%s", seen).isEqualTo(nginx.file("1m"));
  }

  @Test
  void aLoginThatTheOtherProxyRefusesIsOurFailureNotTheClients() throws Exception {
    Curl.Seen seen =
        Curl.run(
            "-p",
            "-x",
            "http://" + at("mixed"),
            "http://a.wrong.localhost:" + nginx.port() + "/up/1k");
    assertThat(seen.connectStatus()).as("%s", seen).isEqualTo(502);
    Curl.Seen closed = Curl.run("-p", "-x", "http://" + at("mixed"), "http://a.micro.localhost:1/");
    assertThat(closed.connectStatus()).as("%s", closed).isEqualTo(502);
  }

  // --- in front ----------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theProxyPortSpeaksTls(boolean tunnel) throws Exception {
    List<String> arguments =
        new java.util.ArrayList<>(
            List.of(
                "-x",
                "https://localhost:" + gateway.port("sealed"),
                "--proxy-cacert",
                pem.cert().toString()));
    if (tunnel) arguments.add("-p");
    arguments.add("http://127.0.0.1:" + nginx.port() + "/up/1m");
    Curl.Seen seen = Curl.run(arguments.toArray(String[]::new));
    assertThat(seen.status()).as("%s", seen).isEqualTo(200);
    assertThat(seen.body()).isEqualTo(nginx.file("1m"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"socks4", "socks5", "http"})
  void proxychainsGetsThrough(String type) throws Exception {
    Path program = Peers.require("proxychains4");
    Path dir = Files.createTempDirectory("fairlead-chains");
    Path config = dir.resolve("proxychains.conf");
    Files.writeString(
        config,
        "strict_chain\nquiet_mode\nlocalnet 127.0.0.0/255.255.255.255\n[ProxyList]\n%s 127.0.0.1 %d\n"
            .formatted(type, gateway.port("plain")));
    try (Proc curl =
        Proc.start(
            List.of(
                program.toString(),
                "-f",
                config.toString(),
                Peers.require("curl").toString(),
                "-q",
                "-sS",
                "-m",
                "20",
                "-w",
                "%{http_code} %{size_download}",
                "-o",
                dir.resolve("body").toString(),
                "http://127.0.0.1:" + nginx.port() + "/up/1k"),
            dir,
            Map.of())) {
      assertThat(curl.awaitExit(Duration.ofSeconds(30))).as(curl.stderr()).isZero();
      assertThat(curl.stdout()).isEqualTo("200 1024");
    } finally {
      Files.deleteIfExists(dir.resolve("body"));
      Files.deleteIfExists(config);
      Files.delete(dir);
    }
  }

  /** Datagrams of a client that others wrote, to an echo of its own. */
  @Test
  void datagramsOfPySocksComeBack() throws Exception {
    runPython(
        """
        import socks
        s = socks.socksocket(socket.AF_INET, socket.SOCK_DGRAM)
        s.set_proxy(socks.SOCKS5, "127.0.0.1", port)
        s.settimeout(10)
        there = echo(socket.AF_INET, "127.0.0.1")
        for size in (1, 100, 1400, 9000):
            s.sendto(data(size), there)
            got, peer = s.recvfrom(65535)
            assert got == data(size)[::-1], size
            assert peer == there, peer
        """,
        gateway.port("plain"));
  }

  /** The same over IPv6, which PySocks has no datagrams for. */
  @Test
  void datagramsOverIpv6ComeBack() throws Exception {
    runPython(
        """
        control = socket.create_connection(("::1", port))
        control.sendall(bytes.fromhex("050100" "05030004" + 36 * "0"))
        answer = b""
        while len(answer) < 24:
            answer += control.recv(100)
        assert answer[:6] == bytes.fromhex("050005000004"), answer
        assert answer[6:22] == socket.inet_pton(socket.AF_INET6, "::1"), answer
        relay = ("::1", int.from_bytes(answer[22:24], "big"))
        s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        s.settimeout(10)
        there = echo(socket.AF_INET6, "::1")
        head = (bytes.fromhex("00000004") + socket.inet_pton(socket.AF_INET6, "::1")
                + there[1].to_bytes(2, "big"))
        for size in (1, 100, 1400, 9000):
            s.sendto(head + data(size), relay)
            got, peer = s.recvfrom(65535)
            assert got == head + data(size)[::-1], size
            assert peer[:2] == relay, peer
        """,
        gateway.port("six"));
  }

  private static void runPython(String body, int port) throws Exception {
    Peers.require("python3");
    String script =
        """
        import socket, sys, threading
        port = int(sys.argv[1])
        def data(size):
            return bytes(i % 251 for i in range(size))
        def echo(family, host):
            s = socket.socket(family, socket.SOCK_DGRAM)
            s.bind((host, 0))
            def answer():
                while True:
                    got, peer = s.recvfrom(65535)
                    s.sendto(got[::-1], peer)
            threading.Thread(target=answer, daemon=True).start()
            return s.getsockname()[:2]
        """;
    try (Proc client =
        Proc.start(
            List.of("/usr/bin/python3", "-c", script + body + "print('fine')", "" + port),
            Path.of("").toAbsolutePath(),
            Map.of())) {
      int exit = client.awaitExit(Duration.ofSeconds(30));
      assertThat(client.stdout().strip())
          .as("exit %s: %s", exit, client.stderr())
          .isEqualTo("fine");
    }
  }
}
