package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.Test;

/** Forward proxies that leave through tunnel agents. */
class TunnelExitIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final String EXITS =
      """
      listeners:
        exit: { bind: 127.0.0.1:0, proto: mixed, service: exit }
        fixed: { bind: 127.0.0.1:0, proto: mixed, service: fixed }
      forward:
        exit:
          auth: { users: { alice: !secret pass } }
          destinations: { private: allow, connect_ports: all }
          egress: { tunnels: { agents: {} }, via: agents }
        fixed:
          destinations: { private: allow, connect_ports: all }
          egress: { tunnels: { home: { agent: one, service: out } }, rules: [ { via: direct, destination: 127.0.0.9 } ], via: home }
      """;

  private static String connect(int port, String user, int to) throws Exception {
    try (RawClient client = RawClient.connect(port)) {
      client.send(head("127.0.0.1:" + to, user));
      String answer = client.readUntil("\r\n\r\n");
      if (!answer.startsWith("HTTP/1.1 200")) return answer.substring(9, 12);
      client.send("ping".getBytes(StandardCharsets.UTF_8));
      return new String(client.readExactly(4), StandardCharsets.UTF_8);
    }
  }

  private static String head(String to, String user) {
    String login =
        user.isEmpty()
            ? ""
            : "Proxy-Authorization: Basic "
                + Base64.getEncoder()
                    .encodeToString((user + ":pass").getBytes(StandardCharsets.UTF_8))
                + "\r\n";
    return "CONNECT " + to + " HTTP/1.1\r\nHost: " + to + "\r\n" + login + "\r\n";
  }

  private static String socks(String more) {
    return "name: out, type: socks, destinations: { " + more + " }";
  }

  @Test
  void theUsersNameChoosesTheAgentAndTheAgentsRulesHold() throws Exception {
    try (var one = EchoService.start();
        var two = EchoService.start();
        var lab = TunnelLab.start("tcp_ports: " + TunnelLab.freePorts(2), EXITS)) {
      lab.agent("one", socks("allow: [\"127.0.0.1:" + one.port() + "\"]"));
      lab.agent("two-b", socks("allow: [\"127.0.0.1:" + two.port() + "\"]"));
      lab.awaitReport("\"name\":\"two-b\"");
      await()
          .atMost(PATIENCE)
          .until(() -> lab.report().split("\"type\":\"socks\"", -1).length == 3);
      int port = lab.server().port("exit");
      assertThat(connect(port, "alice-one", one.port())).isEqualTo("ping");
      assertThat(connect(port, "alice-two-b", two.port())).isEqualTo("ping");
      // The rules of the agent: one does not let anybody to the other's service.
      assertThat(connect(port, "alice-one", two.port())).isEqualTo("403");
      // No agent, one that is not there, one that is but not this account's.
      assertThat(connect(port, "alice", one.port())).isEqualTo("403");
      assertThat(connect(port, "alice-three", one.port())).isEqualTo("502");
      assertThat(connect(port, "bob-one", one.port())).isEqualTo("407");
      // One that a rule names, for everybody; another rule goes straight.
      int fixed = lab.server().port("fixed");
      assertThat(connect(fixed, "", one.port())).isEqualTo("ping");
      assertThat(connect(fixed, "", two.port())).isEqualTo("403");
      socksFive(port, "alice-one", one.port());
      var cut = lab.server().api().send("DELETE", "/v1/tunnel-tokens/one", "");
      assertThat(cut.status()).as(cut.text()).isEqualTo(200);
      assertThat(connect(fixed, "", one.port())).isEqualTo("502");
    }
  }

  private static void socksFive(int port, String user, int to) throws Exception {
    try (RawClient client = RawClient.connect(port)) {
      byte[] name = user.getBytes(StandardCharsets.UTF_8);
      client.send(new byte[] {5, 1, 2});
      assertThat(client.readExactly(2)).isEqualTo(new byte[] {5, 2});
      byte[] login = new byte[3 + name.length + 4];
      login[0] = 1;
      login[1] = (byte) name.length;
      System.arraycopy(name, 0, login, 2, name.length);
      login[2 + name.length] = 4;
      System.arraycopy("pass".getBytes(StandardCharsets.UTF_8), 0, login, 3 + name.length, 4);
      client.send(login);
      assertThat(client.readExactly(2)).isEqualTo(new byte[] {1, 0});
      client.send(new byte[] {5, 1, 0, 1, 127, 0, 0, 1, (byte) (to >> 8), (byte) to});
      byte[] reply = client.readExactly(10);
      assertThat(reply[1]).isZero();
      client.send("ping".getBytes(StandardCharsets.UTF_8));
      assertThat(new String(client.readExactly(4), StandardCharsets.UTF_8)).isEqualTo("ping");
    }
  }

  @Test
  void anExitConnectsToPublicAddressesOnlyUnlessToldOtherwise() throws Exception {
    try (var echo = EchoService.start();
        var lab = TunnelLab.start("tcp_ports: " + TunnelLab.freePorts(2), EXITS)) {
      lab.agent("one", "name: out, type: socks");
      lab.awaitReport("\"type\":\"socks\"");
      assertThat(connect(lab.server().port("fixed"), "", echo.port())).isEqualTo("403");
    }
  }

  @Test
  void datagramsLeaveThroughTheAgentToo() throws Exception {
    try (var service = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        var other = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        var user = new DatagramSocket();
        var lab = TunnelLab.start("tcp_ports: " + TunnelLab.freePorts(2), EXITS)) {
      Thread.ofVirtual().start(() -> answer(service));
      Thread.ofVirtual().start(() -> answer(other));
      lab.agent("one", socks("allow: [\"127.0.0.1:" + service.getLocalPort() + "\"]"));
      lab.awaitReport("\"type\":\"socks\"");
      try (RawClient client = RawClient.connect(lab.server().port("fixed"))) {
        client.send(new byte[] {5, 1, 0});
        assertThat(client.readExactly(2)).isEqualTo(new byte[] {5, 0});
        client.send(new byte[] {5, 3, 0, 1, 0, 0, 0, 0, 0, 0});
        byte[] reply = client.readExactly(10);
        assertThat(reply[1]).isZero();
        int relay = ((reply[8] & 0xFF) << 8) | (reply[9] & 0xFF);
        user.setSoTimeout(1_000);
        // What the agent's rules forbid is never answered; what they allow is, each as it was.
        send(user, relay, other.getLocalPort(), "no");
        for (String word : new String[] {"a", "b".repeat(1200)}) {
          await()
              .atMost(PATIENCE)
              .until(
                  () -> {
                    send(user, relay, service.getLocalPort(), word);
                    DatagramPacket back = new DatagramPacket(new byte[2048], 2048);
                    try {
                      user.receive(back);
                    } catch (SocketTimeoutException lost) {
                      return false; // datagrams may be lost
                    }
                    int from = ((back.getData()[8] & 0xFF) << 8) | (back.getData()[9] & 0xFF);
                    assertThat(from).isEqualTo(service.getLocalPort());
                    return new String(
                            back.getData(), 10, back.getLength() - 10, StandardCharsets.UTF_8)
                        .equals(word);
                  });
        }
      }
    }
  }

  private static void send(DatagramSocket user, int relay, int to, String word) throws IOException {
    byte[] text = word.getBytes(StandardCharsets.UTF_8);
    byte[] whole = new byte[10 + text.length];
    byte[] head = {0, 0, 0, 1, 127, 0, 0, 1, (byte) (to >> 8), (byte) to};
    System.arraycopy(head, 0, whole, 0, 10);
    System.arraycopy(text, 0, whole, 10, text.length);
    user.send(new DatagramPacket(whole, whole.length, InetAddress.getLoopbackAddress(), relay));
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
