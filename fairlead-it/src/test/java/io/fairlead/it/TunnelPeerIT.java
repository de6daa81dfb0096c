package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.relay.RelayNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Carriers over libp2p: a tunnel server behind a relay, which nobody can dial. */
class TunnelPeerIT {
  private static final Duration WITHIN = Duration.ofSeconds(60);

  private static final String RELAY =
      """
      # quick
      relay:
        listen: ["/ip4/127.0.0.1/tcp/0"]
        reachability: { mode: public }
        service: { mode: "on" }
      """;

  private static RelayNode node(GatewayFixture gateway) {
    return gateway.gateway().relay().orElseThrow();
  }

  private static String server(String relay, String agent, String ports) {
    return """
        # quick
        certs: { local: { internal: true, hosts: [localhost] } }
        relay:
          reachability: { mode: private }
          auto: { static: ["%s"], num_relays: 1, reconnect_grace: 1s }
        tunnels:
          server:
            listen: 127.0.0.1:0
            libp2p: true
            tls: { cert: local }
            agents: [ { name: box, public_key: %s } ]
            expose: { tcp_ports: %s }
        """
        .formatted(relay, agent, ports);
  }

  private static String agent(String server, int service) {
    return """
        # quick
        relay: { reachability: { mode: private } }
        tunnels:
          agent:
            name: box
            servers: ["%s"]
            identity: { file: @DIR@/state/identity.key }
            services: [ { name: ssh, type: tcp, destination: "127.0.0.1:%d" } ]
        """
        .formatted(server, service);
  }

  @Test
  void anAgentServesAServerBehindARelayAndIsKnownByItsKey() throws Exception {
    Path home = Files.createTempDirectory("fairlead-it");
    Files.createDirectories(home.resolve("state"));
    String key = RelayNode.identity(home.resolve("state/identity.key")).peerId().toString();
    try (var echo = EchoService.start();
        var relay = GatewayFixture.start(RELAY)) {
      String at = node(relay).host().listening().getFirst() + "/p2p/" + node(relay).host().id();
      String through = at + "/p2p-circuit";
      try (var server = GatewayFixture.start(server(at, key, TunnelLab.freePorts(2)))) {
        await()
            .atMost(WITHIN)
            .until(
                () ->
                    node(server).host().addresses().stream()
                        .anyMatch(each -> each.toString().equals(through)));
        String address = through + "/p2p/" + node(server).host().id();
        try (var stranger = GatewayFixture.start(agent(address, echo.port()));
            var _ = GatewayFixture.start(home, agent(address, echo.port()))) {
          await()
              .atMost(WITHIN)
              .untilAsserted(
                  () ->
                      assertThat(server.api().get("/v1/tunnels").text())
                          .contains("\"name\":\"box\"", "\"name\":\"ssh\"", "tcp://"));
          String report = server.api().get("/v1/tunnels").text();
          int port = Integer.parseInt(report.replaceFirst("(?s).*tcp://[^:]+:([0-9]+).*", "$1"));
          assertThat(TunnelLab.echo(port, "through the relay")).isEqualTo("through the relay");
          assertThat(relay.api().get("/v1/relay").text()).contains("\"source\":\"" + key + "\"");
          // Same name, another key: whoever it is, it is not box.
          await()
              .atMost(WITHIN)
              .untilAsserted(
                  () ->
                      assertThat(server.api().get("/metrics").text())
                          .containsPattern(
                              "fairlead_tunnel_refused_total\\{[^}]*unknown[^}]*\\} [1-9]"));
          assertThat(stranger.api().get("/v1/tunnels").text()).contains("\"connected\":false");
        }
      }
    }
  }
}
