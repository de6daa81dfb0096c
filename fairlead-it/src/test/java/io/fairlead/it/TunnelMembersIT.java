package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.RawClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Services of agents as members of upstreams, next to servers of other kinds. */
class TunnelMembersIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static String sites(int direct) {
    return """
    listeners:
      web: { bind: 127.0.0.1:0, proto: http, service: web }
      raw: { bind: 127.0.0.1:0, proto: tcp, service: raw }
    http:
      web: { default: true, routes: [ { id: r, match: { path: /* }, upstream: pool } ] }
    streams:
      raw: { upstream: echo }
    upstreams:
      pool:
        balance: round_robin
        endpoints: [ { tunnel: box/web }, { tunnel: other/web }, { address: "127.0.0.1:%d" } ]
      echo: { endpoints: [ { tunnel: box/raw } ] }
    """
        .formatted(direct);
  }

  private static GatewayFixture origin(String text) throws Exception {
    return GatewayFixture.start(
        """
        listeners: { web: { bind: 127.0.0.1:0, proto: http, service: web } }
        http:
          web: { default: true, routes: [ { id: r, match: { path: /* }, respond: { status: 200, body: "%s" } } ] }
        """
            .formatted(text));
  }

  private static String get(TunnelLab lab) throws Exception {
    try (RawClient client = lab.server().client("web")) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      String answer = new String(client.readAll(), StandardCharsets.UTF_8);
      return answer.startsWith("HTTP/1.1 200")
          ? answer.substring(answer.indexOf("\r\n\r\n") + 4)
          : answer.substring(0, Math.min(12, answer.length()));
    }
  }

  private static Set<String> answers(TunnelLab lab, int count) throws Exception {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < count; i++) seen.add(get(lab));
    return seen;
  }

  private static String service(String name, int port) {
    return "name: "
        + name
        + ", type: tcp, private: !secret k, destination: \"127.0.0.1:"
        + port
        + "\"";
  }

  @Test
  void agentsShareAPoolWithOtherServersAndOneThatLeavesIsNotMissed() throws Exception {
    try (var echo = EchoService.start();
        var one = origin("one");
        var two = origin("two");
        var three = origin("three");
        var lab =
            TunnelLab.start("tcp_ports: " + TunnelLab.freePorts(2), sites(three.port("web")))) {
      lab.agent("box", service("web", one.port("web")), service("raw", echo.port()));
      lab.agent("other", service("web", two.port("web")));
      await().atMost(PATIENCE).until(() -> lab.report().split("\"name\":\"web\"", -1).length == 3);
      assertThat(answers(lab, 12)).containsExactlyInAnyOrder("one", "two", "three");
      assertThat(TunnelLab.echo(lab.server().port("raw"), "stream")).isEqualTo("stream");
      assertThat(lab.server().api().get("/v1/upstreams").text()).contains("tunnel:box/web");
      // Gone without a word to the users: the others answer for it.
      var cut = lab.server().api().send("DELETE", "/v1/tunnel-tokens/other", "");
      assertThat(cut.status()).as(cut.text()).isEqualTo(200);
      assertThat(answers(lab, 12)).containsExactlyInAnyOrder("one", "three");
    }
  }
}
