package io.fairlead.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.app.Gateway;
import io.fairlead.core.config.Environment;
import io.fairlead.core.time.Clock;
import io.fairlead.testkit.FreePorts;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an agent says of its services, and what it changes while they are used. */
class TunnelServiceIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir Path dir;

  private static String tcp(String name, int port, String more) {
    return "name: " + name + ", type: tcp, destination: \"127.0.0.1:" + port + "\"" + more;
  }

  @Test
  void aServiceThatCannotBeReachedIsTakenAwayAndBroughtBack() throws Exception {
    int place = FreePorts.one();
    try (var echo = EchoService.start();
        var lab = TunnelLab.start("tcp_ports: " + TunnelLab.freePorts(4), "")) {
      try (var _ = new ServerSocket(place, 50, InetAddress.getLoopbackAddress())) {
        lab.agent("box", tcp("sick", place, ", health: 100ms"), tcp("well", echo.port(), ""));
        lab.port("box", "sick");
      }
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(lab.report()).doesNotContain("\"sick\""));
      assertThat(TunnelLab.echo(lab.port("box", "well"), "well")).isEqualTo("well");
      try (var _ = new ServerSocket(place, 50, InetAddress.getLoopbackAddress())) {
        lab.awaitReport("\"sick\"");
      }
    }
  }

  @Test
  void aServiceLearnsItsUserFromTheHeaderItAsksFor() throws Exception {
    try (var first = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        var second = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        var lab = TunnelLab.start("tcp_ports: " + TunnelLab.freePorts(4), "")) {
      lab.agent(
          "box",
          tcp("text", first.getLocalPort(), ", proxy_protocol: v1"),
          tcp("binary", second.getLocalPort(), ", proxy_protocol: v2"));
      int port = lab.port("box", "text");
      try (Socket user = TunnelLab.connect(port, "127.0.0.7");
          Socket served = first.accept()) {
        String wanted = "PROXY TCP4 127.0.0.7 127.0.0.1 " + user.getLocalPort() + " " + port;
        byte[] line = served.getInputStream().readNBytes(wanted.length() + 2);
        assertThat(new String(line, US_ASCII)).isEqualTo(wanted + "\r\n");
      }
      try (Socket user = TunnelLab.connect(lab.port("box", "binary"), "127.0.0.8");
          Socket served = second.accept()) {
        byte[] header = served.getInputStream().readNBytes(28);
        assertThat(header).startsWith(0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51);
        assertThat(header[19]).isEqualTo((byte) 8);
        assertThat(((header[24] & 0xFF) << 8) | (header[25] & 0xFF)).isEqualTo(user.getLocalPort());
      }
    }
  }

  @Test
  void changingOneServiceTouchesNoStreamOfOthersAndNoCarrier() throws Exception {
    try (var echo = EchoService.start();
        var other = EchoService.start("other ");
        var lab = TunnelLab.start("tcp_ports: " + TunnelLab.freePorts(6), "")) {
      String token = "token: !secret \"" + lab.token("box", "") + "\"";
      GatewayFixture agent =
          lab.agentWith(token, tcp("kept", echo.port(), ""), tcp("changed", echo.port(), ""));
      int kept = lab.port("box", "kept");
      String carrier = carrier(lab);
      try (Socket open = TunnelLab.connect(kept);
          Socket leaving = TunnelLab.connect(lab.port("box", "changed"))) {
        pass(open);
        pass(leaving);
        for (int round = 0; round < 3; round++) {
          int to = round == 1 ? echo.port() : other.port();
          agent.replaceConfig(
              lab.agentYaml(
                  token,
                  tcp("kept", echo.port(), ""),
                  tcp("changed", to, ""),
                  tcp("added" + round, echo.port(), "")));
          var reload = agent.api().send("POST", "/v1/reload", "");
          assertThat(reload.status()).as(reload.text()).isEqualTo(200);
          lab.awaitReport("\"added" + round + "\"");
          pass(open);
        }
        // What was open when its service changed goes on; the next user meets the new one.
        pass(leaving);
        assertThat(lab.port("box", "kept")).isEqualTo(kept);
        assertThat(TunnelLab.echo(lab.port("box", "changed"), "other ")).isEqualTo("other ");
        assertThat(lab.report()).doesNotContain("\"added0\"");
        assertThat(carrier(lab)).isEqualTo(carrier);
      }
    }
  }

  private static void pass(Socket socket) throws Exception {
    socket.getOutputStream().write('x');
    assertThat(socket.getInputStream().read()).isEqualTo('x');
  }

  /** Where the agent's one carrier comes from. */
  private static String carrier(TunnelLab lab) throws Exception {
    return lab.report().replaceFirst("(?s).*\"remote\":\"([^\"]*)\".*", "$1");
  }

  @Test
  void anAgentWhoseClockIsAYearOffComesInByItsToken() throws Exception {
    try (var echo = EchoService.start();
        var lab = TunnelLab.start("tcp_ports: " + TunnelLab.freePorts(2), "")) {
      String token = "token: !secret \"" + lab.token("box", "") + "\"";
      Path file = dir.resolve("fairlead.yaml");
      Files.writeString(
          file, GatewayFixture.whole(dir, lab.agentYaml(token, tcp("ssh", echo.port(), ""))));
      Clock late = new Late();
      try (Gateway agent = Gateway.open(file, Environment.ofProcess(), late)) {
        agent.start();
        assertThat(TunnelLab.echo(lab.port("box", "ssh"), "in time")).isEqualTo("in time");
      }
    }
  }

  /** A clock of a machine that lost a year. */
  private record Late() implements Clock {
    @Override
    public long nanos() {
      return Clock.system().nanos();
    }

    @Override
    public Instant wall() {
      return Clock.system().wall().minus(Duration.ofDays(365));
    }
  }

  @Test
  void whatWentThroughAServiceIsCountedOnWhenTheServerIsStartedAgain() throws Exception {
    String yaml =
        """
        # quick
        certs: { local: { internal: true, hosts: [localhost] } }
        tunnels:
          server:
            listen: 127.0.0.1:%d
            tls: { cert: local }
            expose: { tcp_ports: %s }
        """
            .formatted(FreePorts.one(), TunnelLab.freePorts(2));
    try (var echo = EchoService.start();
        var lab = TunnelLab.of(GatewayFixture.start(yaml))) {
      lab.agent("box", tcp("svc", echo.port(), ""));
      int port = lab.port("box", "svc");
      assertThat(TunnelLab.echo(port, "eleven and.")).isEqualTo("eleven and.");
      lab.awaitReport("\"received_bytes\":11,\"sent_bytes\":11");
      lab.startAgain();
      assertThat(lab.port("box", "svc")).isEqualTo(port);
      lab.awaitReport("\"received_bytes\":11,\"sent_bytes\":11");
      assertThat(TunnelLab.echo(port, "more")).isEqualTo("more");
      lab.awaitReport("\"received_bytes\":15,\"sent_bytes\":15");
    }
  }

  @Test
  void usersWhoWereNotLedAnywhereAreInTheAccessLog() throws Exception {
    String log =
        "logs: { access: { enabled: true, sink: file, file: \"@DIR@/access.log\", format: json } }\n";
    int closed = FreePorts.one();
    try (var lab = TunnelLab.start("tcp_ports: " + TunnelLab.freePorts(2), log)) {
      lab.agent("box", tcp("shut", closed, ""));
      try (Socket user = TunnelLab.connect(lab.port("box", "shut"))) {
        assertThat(TunnelRulesIT.ended(user)).isTrue();
      }
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(Files.readString(lab.server().dir().resolve("access.log")))
                      .contains("\"service\":\"tunnels\"", "\"host\":\"box/shut\"")
                      .contains("\"error\":\"reset\""));
    }
  }
}
