package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.RawClient;
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
}
