package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Services behind an agent, as users reach them. */
class TunnelIT {
  @Test
  void aTcpServiceIsReachedThroughAPortOfTheServer() throws Exception {
    try (var echo = EchoService.start();
        var lab = TunnelLab.start("tcp_ports: " + TunnelLab.freePorts(4), "")) {
      lab.agent(
          "sensor-17", "name: ssh, type: tcp, destination: \"127.0.0.1:" + echo.port() + "\"");
      int port = lab.port("sensor-17", "ssh");
      assertThat(TunnelLab.echo(port, "hello")).isEqualTo("hello");
      // The end of one direction is passed on as such, and so is the other one.
      try (Socket socket = TunnelLab.connect(port)) {
        socket.getOutputStream().write("all of it".getBytes(StandardCharsets.UTF_8));
        socket.shutdownOutput();
        assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
            .isEqualTo("all of it");
      }
      await().untilAsserted(() -> assertThat(lab.report()).contains("\"received_bytes\":14"));
    }
  }

  @Test
  void anHttpServiceAnswersForItsHostBelowTheServers() throws Exception {
    String sites =
        """
        listeners:
          web: { bind: 127.0.0.1:0, proto: http, service: web }
        http:
          web: { default: true, routes: [ { id: r, match: { path: /* }, respond: { status: 404, body: "the site" } } ] }
        """;
    try (var lab = TunnelLab.start("http: web, url: \"http://gw.test\"", sites);
        var origin =
            GatewayFixture.start("listeners: { echo: { bind: 127.0.0.1:0, proto: echo } }")) {
      lab.agent(
          "box", "name: web, type: http, destination: \"127.0.0.1:" + origin.port("echo") + "\"");
      lab.awaitReport("http://box.gw.test");
      for (String host :
          List.of("box.gw.test", "BOX.gw.test:80", "box.gw.test.", "box.gw.test.:80")) {
        try (var client = lab.server().client("web")) {
          client.send("GET /hello HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
          assertThat(new String(client.readAll(), StandardCharsets.UTF_8))
              .contains("200 OK")
              .containsIgnoringCase("box.gw.test");
        }
      }
      try (var client = lab.server().client("web")) {
        client.send("GET / HTTP/1.1\r\nHost: other.gw.test\r\nConnection: close\r\n\r\n");
        assertThat(new String(client.readAll(), StandardCharsets.UTF_8))
            .contains("404")
            .contains("the site");
      }
    }
  }

  @Test
  void datagramsPassBothWays() throws Exception {
    try (var service =
            new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        var lab = TunnelLab.start("udp_ports: " + TunnelLab.freePorts(4), "");
        var user = new DatagramSocket()) {
      Thread.ofVirtual().start(() -> answer(service));
      lab.agent(
          "box", "name: dns, type: udp, destination: \"127.0.0.1:" + service.getLocalPort() + "\"");
      int port = lab.port("box", "dns");
      user.setSoTimeout(5_000);
      for (String text : new String[] {"a", "b".repeat(1200), "c".repeat(9000)}) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        user.send(new DatagramPacket(bytes, bytes.length, InetAddress.getLoopbackAddress(), port));
        DatagramPacket back = new DatagramPacket(new byte[65_535], 65_535);
        user.receive(back);
        assertThat(new String(back.getData(), 0, back.getLength(), StandardCharsets.UTF_8))
            .isEqualTo(text);
      }
    }
  }

  private static void answer(DatagramSocket service) {
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
        service.receive(packet);
        service.send(packet);
      }
    } catch (IOException closed) {
      // the test is over
    }
  }

  @Test
  void aRevokedTokenIsRefusedAndItsCarrierEndsWithinASecond() throws Exception {
    try (var echo = EchoService.start();
        var lab = TunnelLab.start("tcp_ports: " + TunnelLab.freePorts(4), "")) {
      lab.agent("box", "name: ssh, type: tcp, destination: \"127.0.0.1:" + echo.port() + "\"");
      int port = lab.port("box", "ssh");
      try (Socket socket = TunnelLab.connect(port)) {
        socket.getOutputStream().write('x');
        assertThat(socket.getInputStream().read()).isEqualTo('x');
        assertThat(said(lab, "list"))
            .contains("box  127.0.0.1  carriers=", "tcp://127.0.0.1:" + port);
        assertThat(said(lab, "token", "list")).contains("box").doesNotContain("fl1.");
        assertThat(said(lab, "token", "new", "other")).startsWith("fl1.");
        long revokedNanos = System.nanoTime();
        said(lab, "token", "revoke", "box");
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - revokedNanos);
        socket.setSoTimeout((int) Math.max(1, 1_000 - took));
        assertThat(ended(socket)).isTrue();
      }
      await().untilAsserted(() -> assertThat(lab.report()).contains("\"agents\":[]"));
      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(
              () ->
                  assertThat(lab.server().api().get("/metrics").text())
                      .containsPattern("fairlead_tunnel_refused_total\\{.*unknown.*\\} [1-9]"));
      assertThat(Files.readString(lab.server().dir().resolve("state/audit.log")))
          .contains("tunnel.token_revoked");
    }
  }

  /** What a command about tunnels prints, asked at the server. */
  private static String said(TunnelLab lab, String... words) {
    List<String> all = new ArrayList<>(List.of("tunnel"));
    all.addAll(List.of(words));
    all.addAll(List.of("--control", "unix:" + lab.server().controlSocket()));
    var outcome = CommandLine.run(lab.server().dir(), all.toArray(String[]::new));
    assertThat(outcome.exit()).as(outcome.err()).isZero();
    return outcome.out();
  }

  private static boolean ended(Socket socket) {
    try {
      return socket.getInputStream().read() < 0;
    } catch (java.net.SocketTimeoutException late) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }
}
