package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** A list on a web server that tries to steer the gateway at its own network. */
class RegistryFromElsewhereIT {
  private static final String LONG = "x".repeat(290) + ".example:80";

  @Test
  void scenarioNPlacesThatAreNotPublicAreRefusedCountedAndNeverDialled() throws Exception {
    steered("type: http,", list -> list);
  }

  @Test
  void scenarioNTheSameOfAServerThatSpeaksGraphql() throws Exception {
    steered(
        "type: graphql, query: \"{ proxies }\", pointer: /data/proxies,",
        list -> "{\"data\":{\"proxies\":" + list + "}}");
  }

  private static void steered(String type, UnaryOperator<String> answer) throws Exception {
    AtomicReference<String> list = new AtomicReference<>("[]");
    try (var inside = RecordingServer.http(_ -> RecordingServer.response(200, "inside"));
        var lists =
            RecordingServer.http(_ -> RecordingServer.response(200, answer.apply(list.get())))) {
      int port = inside.port();
      list.set(
          "[\"169.254.169.254:80\", \"127.1:"
              + port
              + "\", \"[::1]:"
              + port
              + "\", \"127.0.0.1:"
              + port
              + "\", \"localhost:"
              + port
              + "\", \"[::ffff:127.0.0.1]:"
              + port
              + "\", \""
              + LONG
              + "\", \"10.0.0.1:80\", \"192.0.2.7:9\"]");
      Path dir = Files.createTempDirectory("fairlead-it");
      try (var gateway =
          GatewayFixture.start(
              dir, YAML.replace("type: http,", type).replace("@PORT@", "" + lists.port()))) {
        await().until(() -> target(gateway) == TargetState.IN_SYNC);
        var read = gateway.gateway().registry().sources().get("main").lastGood().orElseThrow();
        assertThat(read.invalid()).isEqualTo(9);
        assertThat(read.entries()).isEmpty();
        String metrics =
            gateway.control("/metrics", "Authorization: Bearer " + gateway.token()).text();
        assertThat(metrics)
            .containsPattern("fairlead_registry_invalid_entries\\{.*source=\"main\".*\\} 9");
        assertThat(reached(gateway)).isEqualTo(503);
        assertThat(inside.conversations()).isEmpty();
      }
    }
  }

  @Test
  void theOperatorMayTrustAListWithHisOwnNetwork() throws Exception {
    try (var inside = RecordingServer.http(_ -> RecordingServer.response(200, "inside"));
        var lists =
            RecordingServer.http(
                _ -> RecordingServer.response(200, "[\"127.0.0.1:" + inside.port() + "\"]"))) {
      Path dir = Files.createTempDirectory("fairlead-it");
      String yaml =
          YAML.replace("@PORT@", "" + lists.port())
              .replace("type: http,", "type: http, allow_private: true,");
      try (var gateway = GatewayFixture.start(dir, yaml)) {
        await().until(() -> target(gateway) == TargetState.IN_SYNC);
        assertThat(reached(gateway)).isEqualTo(200);
      }
    }
  }

  private static TargetState target(GatewayFixture gateway) {
    return gateway.gateway().registry().target("web").orElseThrow().state();
  }

  private static int reached(GatewayFixture gateway) throws Exception {
    try (RawClient client = gateway.client("web")) {
      return client
          .timeout(Duration.ofSeconds(20))
          .send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
          .readResponse()
          .status();
    }
  }

  private static final String YAML =
      """
      registry:
        sources:
          - { name: main, type: http, url: "http://127.0.0.1:@PORT@/list" }
        targets:
          - { name: web, kind: upstream, upstream: app, source: main, policy: mirror,
              first_sync: auto, rails: { allow_empty: true, max_remove: 100%, min_entries: 0 } }
      listeners:
        web: { bind: "127.0.0.1:0", proto: http, service: site }
      http:
        site:
          default: true
          routes: [ { id: all, match: { path: /* }, upstream: app } ]
      upstreams:
        app: { endpoints: [ { address: "127.0.0.1:1" } ] }
      """;
}
