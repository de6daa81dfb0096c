package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is there before it is asked for: connections of a pool, services that are required. */
class TunnelReadyIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Says its number to each who connects, and then echoes nothing. */
  private static final class Greeter implements AutoCloseable {
    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<Socket> accepted = new CopyOnWriteArrayList<>();

    Greeter() throws IOException {
      Thread.ofVirtual().start(this::accept);
    }

    private void accept() {
      try {
        while (true) {
          Socket each = socket.accept();
          accepted.add(each);
          each.getOutputStream().write('0' + accepted.size());
        }
      } catch (IOException closed) {
        // the test is over
      }
    }

    void awaitAccepted(int count) {
      await().atMost(PATIENCE).until(() -> accepted.size() >= count);
      assertThat(accepted).hasSize(count);
    }

    @Override
    public void close() throws IOException {
      socket.close();
      for (Socket each : accepted) each.close();
    }
  }

  private static String tcp(String name, int port, String more) {
    return "name: " + name + ", type: tcp, destination: \"127.0.0.1:" + port + "\"" + more;
  }

  @Test
  void connectionsOfAPoolAreOpenBeforeAUserComes() throws Exception {
    try (var greeter = new Greeter();
        var lab = TunnelLab.start("tcp_ports: " + TunnelLab.freePorts(4), "")) {
      String keys = "token: !secret \"" + lab.token("box", "") + "\"\n    connections: 1";
      String greets = tcp("greets", greeter.socket.getLocalPort(), ", pool: 2");
      GatewayFixture agent = lab.agentWith(keys, greets);
      greeter.awaitAccepted(2);
      int port = lab.port("box", "greets");

      // What the service says first reaches the user, and one more is opened in its place.
      try (Socket user = TunnelLab.connect(port)) {
        int first = user.getInputStream().read();
        assertThat(first).isIn((int) '1', (int) '2');
        greeter.awaitAccepted(3);
        user.getOutputStream().write('x');
        Socket service = greeter.accepted.get(first - '1');
        service.setSoTimeout(30_000);
        assertThat(service.getInputStream().read()).isEqualTo('x');

        // Another service changes nothing for this one.
        agent.replaceConfig(lab.agentYaml(keys, greets, tcp("more", FreePorts.one(), "")));
        var reload = agent.api().send("POST", "/v1/reload", "");
        assertThat(reload.status()).as(reload.text()).isEqualTo(200);
        lab.awaitReport("\"more\"");
        greeter.awaitAccepted(3);

        // One that its service ended is not given to anybody.
        Socket idle = greeter.accepted.get(first == '1' ? 1 : 0);
        idle.close();
        greeter.awaitAccepted(4);
        try (Socket next = TunnelLab.connect(port)) {
          assertThat(next.getInputStream().read()).isIn((int) '3', (int) '4');
        }
      }
    }
  }

  @Test
  void noStartAndNoReloadWithoutARequiredService() throws Exception {
    String ports = TunnelLab.freePorts(2);
    int refused = FreePorts.one();
    try (var echo = EchoService.start();
        var lab = TunnelLab.start("tcp_ports: " + ports, "")) {
      String keys = "token: !secret \"" + lab.token("box", "") + "\"";
      String not = tcp("not", echo.port(), ", required: true, port: " + refused);
      assertThatThrownBy(() -> lab.agentWith(keys, not))
          .hasStackTraceContaining("a required service is not there: `not` is refused");

      // There when the start is over.
      String kept = tcp("kept", echo.port(), ", required: true");
      GatewayFixture agent = lab.agentWith(keys, kept);
      assertThat(lab.report()).contains("\"name\":\"kept\"");
      int port = lab.port("box", "kept");
      try (Socket open = TunnelLab.connect(port)) {
        agent.replaceConfig(lab.agentYaml(keys, kept, not));
        var failed = agent.api().send("POST", "/v1/reload", "");
        assertThat(failed.status()).isEqualTo(500);
        assertThat(failed.text()).contains("F2404", "`not` is refused", "prepare_failed");
        assertThat(lab.report()).doesNotContain("\"not\"");
        open.getOutputStream().write('x');
        assertThat(open.getInputStream().read()).isEqualTo('x');

        String more = tcp("more", echo.port(), ", required: true");
        agent.replaceConfig(lab.agentYaml(keys, kept, more));
        var applied = agent.api().send("POST", "/v1/reload", "");
        assertThat(applied.status()).as(applied.text()).isEqualTo(200);
        assertThat(lab.report()).contains("\"name\":\"more\"");
        assertThat(TunnelLab.echo(lab.port("box", "more"), "there")).isEqualTo("there");
      }
      assertThat(lab.port("box", "kept")).isEqualTo(port);
    }
  }

  @Test
  @Tag("nightly") // waits for as long as a start does
  void noStartWhereTheServerOfARequiredServiceIsAway() throws Exception {
    String token;
    String yaml;
    try (var lab = TunnelLab.start("tcp_ports: " + TunnelLab.freePorts(2), "")) {
      token = "token: !secret \"" + lab.token("box", "") + "\"";
      yaml = lab.agentYaml(token, tcp("far", 22, ", required: true"));
    }
    assertThatThrownBy(() -> GatewayFixture.start(yaml))
        .hasStackTraceContaining("the server did not take far within 10 s");
  }
}
