package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.random.Randomness;
import io.fairlead.net.auth.IdentityKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of services that a server does not take, or does not any more. */
class TunnelOffersIT {
  private static final String SITES =
      """
      listeners:
        web: { bind: 127.0.0.1:0, proto: http, service: web }
      http:
        web: { default: true, routes: [ { id: r, match: { path: /* }, respond: { status: 404 } } ] }
      """;

  @TempDir Path dir;

  @Test
  void aHostIsTakenWhenItIsFreeAgain() throws Exception {
    try (TunnelLab lab =
        TunnelLab.start("http: web, tcp_ports: " + TunnelLab.freePorts(2), SITES)) {
      String mine = ",\"http_hosts\":[\"shared.test\"]";
      String first = "token: !secret \"" + lab.token("one", mine) + "\"";
      String second = "token: !secret \"" + lab.token("two", mine) + "\"";
      String web = "name: web, type: http, host: shared.test, destination: \"127.0.0.1:1\"";
      GatewayFixture holder = lab.agentWith(first, web);
      lab.awaitReport("http://shared.test");
      GatewayFixture late = lab.agentWith(second, web);
      awaitReport(late, "conflict: host shared.test is another agent's");

      holder.replaceConfig(lab.agentYaml(first));
      reload(holder);
      awaitReport(late, "http://shared.test");
      assertThat(late.api().get("/v1/tunnels").text()).doesNotContain("conflict");
    }
  }

  @Test
  void anAgentIsToldWhatTheServerTakesAwayAndAsksForItAgain() throws Exception {
    Path identity = dir.resolve("identity.key");
    IdentityKey key = IdentityKey.make(Randomness.system());
    key.write(identity);
    try (EchoService echo = EchoService.start();
        TunnelLab lab =
            TunnelLab.startWith(
                "agents: [ { name: box, public_key: "
                    + key.publicKey().peerId()
                    + ", allow: { services: [\"db-*\"] } } ]",
                "tcp_ports: " + TunnelLab.freePorts(2),
                "")) {
      GatewayFixture agent =
          lab.agentWith(
              "name: box\n    identity: { file: \""
                  + identity
                  + "\" }\n    server_name: localhost\n    ca: \""
                  + TunnelRulesIT.authority(lab.server().dir())
                  + "\"",
              "name: db-one, type: tcp, destination: \"127.0.0.1:" + echo.port() + "\"");
      lab.port("box", "db-one");

      allow(lab.server(), "db-*", "web-*");
      awaitReport(agent, "not_allowed: a service named db-one is not allowed");
      assertThat(lab.report()).doesNotContain("\"db-one\"");

      allow(lab.server(), "web-*", "db-*");
      assertThat(TunnelLab.echo(lab.port("box", "db-one"), "back")).isEqualTo("back");
      await()
          .untilAsserted(
              () ->
                  assertThat(agent.api().get("/v1/tunnels").text()).doesNotContain("not_allowed"));
    }
  }

  private static void allow(GatewayFixture server, String former, String next) throws Exception {
    String yaml = Files.readString(server.configFile());
    GatewayFixture.replace(server.configFile(), yaml.replace(former, next));
    reload(server);
  }

  private static void reload(GatewayFixture gateway) throws Exception {
    var answer = gateway.api().send("POST", "/v1/reload", "");
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
  }

  private static void awaitReport(GatewayFixture agent, String text) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(agent.api().get("/v1/tunnels").text()).contains(text));
  }
}
