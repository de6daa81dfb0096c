package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each bound of a tunnel server is met, counted, and no bound to others. */
class TunnelLimitsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static String tcp(String name, int port) {
    return "name: " + name + ", type: tcp, destination: \"127.0.0.1:" + port + "\"";
  }

  private static void rejected(TunnelLab lab, String limit) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(
                        OverloadIT.metric(
                            lab.server().api().get("/metrics").text(),
                            "fairlead_limit_rejections_total{limit=\"" + limit + "\"}"))
                    .as(limit)
                    .isPositive());
  }

  @Test
  void carriersAgentsServicesLoginsAndStreamsAreBoundedAndCounted() throws Exception {
    String keys = "limits: { carriers: 3, agents: 1, services: 2 }";
    try (var echo = EchoService.start();
        var lab = TunnelLab.startWith(keys, "tcp_ports: " + TunnelLab.freePorts(6), "")) {
      lab.agent("box", tcp("a", echo.port()), tcp("b", echo.port()), tcp("c", echo.port()));
      rejected(lab, "tunnel_services");
      lab.agent("two", tcp("a", echo.port()));
      rejected(lab, "tunnel_agents");
      List<Socket> silent = new ArrayList<>();
      try {
        for (int i = 0; i < 4; i++) silent.add(TunnelLab.connect(lab.carrierPort()));
        rejected(lab, "tunnel_carriers");
      } finally {
        for (Socket each : silent) each.close();
      }
      assertThat(TunnelLab.echo(lab.port("box", "a"), "still")).isEqualTo("still");
    }
  }

  @Test
  void aLoginThatTakesTooLongAndOneStreamTooManyAreCounted() throws Exception {
    try (var echo = EchoService.start();
        var lab =
            TunnelLab.startWith(
                "limits: { login: 1s, carriers_per_ip: 4 }",
                "tcp_ports: " + TunnelLab.freePorts(4),
                "")) {
      String token = lab.token("box", "");
      GatewayFixture.replace(
          lab.server().configFile(),
          Files.readString(lab.server().configFile())
              .replaceFirst(
                  "limits: \\{ login: 1s, carriers_per_ip: 4 }",
                  "limits: { login: 1s, carriers_per_ip: 4 }\n"
                      + "    agents: [ { name: box, token: !secret \""
                      + token
                      + "\", allow: { streams: 1 } } ]"));
      var reload = lab.server().api().send("POST", "/v1/reload", "");
      assertThat(reload.status()).as(reload.text()).isEqualTo(200);
      lab.agentWith("token: !secret \"" + token + "\"", tcp("a", echo.port()));
      int port = lab.port("box", "a");
      try (Socket one = TunnelLab.connect(port)) {
        one.getOutputStream().write('x');
        assertThat(one.getInputStream().read()).isEqualTo('x');
        try (Socket another = TunnelLab.connect(port)) {
          assertThat(TunnelRulesIT.ended(another)).isTrue();
        }
        rejected(lab, "tunnel_streams");
        one.getOutputStream().write('y');
        assertThat(one.getInputStream().read()).isEqualTo('y');
      }
      try (Socket silent = TunnelLab.connect(lab.carrierPort())) {
        rejected(lab, "tunnel_login_time");
        assertThat(TunnelRulesIT.ended(silent)).isTrue();
      }
      List<Socket> many = new ArrayList<>();
      try {
        for (int i = 0; i < 8; i++) many.add(TunnelLab.connect(lab.carrierPort()));
        rejected(lab, "tunnel_carriers_per_ip");
      } finally {
        for (Socket each : many) each.close();
      }
    }
  }

  @Test
  void oneClientTooManyOfAUdpServiceTakesTheOldestsPlace() throws Exception {
    try (var service = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        var lab =
            TunnelLab.startWith(
                "limits: { udp_sessions: 1 }", "udp_ports: " + TunnelLab.freePorts(2), "")) {
      Thread.ofVirtual().start(() -> answer(service));
      lab.agent(
          "box", "name: dns, type: udp, destination: \"127.0.0.1:" + service.getLocalPort() + "\"");
      int port = lab.port("box", "dns");
      try (var one = new DatagramSocket();
          var two = new DatagramSocket()) {
        asks(one, port);
        asks(two, port);
        rejected(lab, "tunnel_udp_sessions");
        asks(one, port);
      }
    }
  }

  private static void asks(DatagramSocket user, int port) throws IOException {
    user.setSoTimeout(30_000);
    byte[] word = {1, 2, 3};
    user.send(new DatagramPacket(word, 3, InetAddress.getLoopbackAddress(), port));
    DatagramPacket back = new DatagramPacket(new byte[16], 16);
    user.receive(back);
    assertThat(back.getLength()).isEqualTo(3);
  }

  private static void answer(DatagramSocket service) {
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
        service.receive(packet);
        service.send(packet);
      }
    } catch (IOException closed) {
      // the test is over
    }
  }
}
