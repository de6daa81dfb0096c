package io.fairlead.it;

import static io.fairlead.it.ControlApi.value;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;

/** What the gateway remembers of its configurations, and how it goes back to them. */
class ReloadHistoryIT {
  static String site(String body) {
    return """
    listeners:
      web: { bind: "127.0.0.1:0", proto: http, service: site }
    http:
      site: { default: true, routes: [ { id: r, match: { path: /* }, respond: { status: 200, body: "%s" } } ] }
    """
        .formatted(body);
  }

  static String body(GatewayFixture gateway) throws IOException {
    try (RawClient client = gateway.client("web")) {
      return client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").readResponse().text();
    }
  }

  static Response reload(GatewayFixture gateway, String yaml, String query) throws IOException {
    gateway.replaceConfig(yaml);
    return gateway.api().post("/v1/reload" + query);
  }

  @Test
  void everyChangeIsRecordedAndCanBeReadComparedAndRestored() throws Exception {
    try (var gateway = GatewayFixture.start(site("one"))) {
      ControlApi api = gateway.api();
      assertThat(reload(gateway, site("two"), "?comment=second").status()).isEqualTo(200);
      assertThat(reload(gateway, site("three"), "").status()).isEqualTo(200);
      Response list = api.get("/v1/config/history");
      assertThat(list.text().replaceAll("\\s", ""))
          .contains("\"generation\":3,\"parent\":2")
          .contains("\"comment\":\"second\"")
          .contains("\"kind\":\"start\"");
      assertThat(api.get("/v1/config/history/2").text()).contains("\\\"two\\\"");
      assertThat(api.get("/v1/config/history/1..3").text().replaceAll("\\s", ""))
          .contains("/http/site/routes/0/respond/body")
          .contains("\"before\":\"one\",\"after\":\"three\"");
      assertThat(api.get("/v1/config/history/9").status()).isEqualTo(404);

      Response back = api.send("POST", "/v1/rollback", "{\"to\":1}");
      assertThat(back.status()).as(back.text()).isEqualTo(200);
      assertThat(value(back, "generation")).isEqualTo("4");
      assertThat(body(gateway)).isEqualTo("one");
      assertThat(api.get("/v1/now?layers=1").text()).contains("rollback to 1");
      assertThat(api.post("/v1/rollback").status()).isEqualTo(200);
      assertThat(body(gateway)).isEqualTo("three");
      assertThat(api.send("POST", "/v1/rollback", "{\"to\":77}").status()).isEqualTo(404);
    }
  }

  @Test
  void generationsGoOnOverRestartsAndAGenerationGoneBackToStays() throws Exception {
    Path dir;
    try (var first = GatewayFixture.start(Files.createTempDirectory("fairlead-it"), site("one"))) {
      reload(first, site("two"), "");
      first.api().send("POST", "/v1/rollback", "{\"to\":1}");
      assertThat(body(first)).isEqualTo("one");
      dir = first.stopAndKeep();
      try (var again = GatewayFixture.again(dir)) {
        assertThat(again.gateway().configuration().running().current().generation()).isEqualTo(3);
        assertThat(body(again)).as("the file still says two, and was not touched").isEqualTo("one");
        assertThat(again.api().post("/v1/reload").status()).isEqualTo(200);
        assertThat(body(again)).as("a reload reads the file again").isEqualTo("two");
        again.stopAndKeep();
        Files.writeString(dir.resolve("fairlead.yaml"), GatewayFixture.whole(dir, site("new")));
        try (var third = GatewayFixture.again(dir)) {
          assertThat(third.gateway().configuration().running().current().generation()).isEqualTo(5);
          assertThat(body(third)).isEqualTo("new");
        }
      }
    }
  }

  @Test
  void fiftyAreKeptAndATornOneIsPassedOver() throws Exception {
    try (var gateway = GatewayFixture.start(site("0"))) {
      for (int i = 1; i <= 55; i++) {
        assertThat(reload(gateway, site("" + i), "").status()).isEqualTo(200);
      }
      Path history = gateway.dir().resolve("state/history");
      try (var files = Files.list(history)) {
        assertThat(files.map(file -> file.getFileName().toString()))
            .hasSize(50)
            .contains("7.json", "56.json")
            .doesNotContain("6.json");
      }
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(history)))
          .isEqualTo("rwx------");
      byte[] whole = Files.readAllBytes(history.resolve("30.json"));
      Files.write(history.resolve("30.json"), java.util.Arrays.copyOf(whole, whole.length / 2));
      Files.writeString(history.resolve("31.json"), "{}");
      Response list = gateway.api().get("/v1/config/history");
      assertThat(list.status()).isEqualTo(200);
      assertThat(list.text()).contains("\"generation\":29,").doesNotContain("\"generation\":30,");
      assertThat(gateway.api().send("POST", "/v1/rollback", "{\"to\":30}").status()).isEqualTo(404);
      assertThat(gateway.api().get("/metrics").text())
          .containsPattern("fairlead_config_history_skipped_total [1-9]");
    }
  }

  @Test
  void aChangeThatCannotBeWrittenDownIsNotMade() throws Exception {
    try (var gateway = GatewayFixture.start(site("one"))) {
      Path history = gateway.dir().resolve("state/history");
      Path aside = gateway.dir().resolve("aside");
      Files.move(history, aside);
      Files.writeString(history, "in the way");
      Response refused = reload(gateway, site("two"), "");
      assertThat(refused.status()).as(refused.text()).isEqualTo(500);
      assertThat(refused.text()).contains("prepare_failed").contains("F2210");
      assertThat(value(refused, "generation")).isEqualTo("1");
      assertThat(body(gateway)).isEqualTo("one");
      Files.delete(history);
      Files.move(aside, history);
      assertThat(value(gateway.api().post("/v1/reload"), "generation")).isEqualTo("2");
      assertThat(body(gateway)).isEqualTo("two");
    }
  }

  @Test
  void noSecretOfTheFileIsShownByTheHistoryOrTheSource() throws Exception {
    String canary = "canary-4711-secret";
    String yaml =
        """
        listeners: { mixed: { bind: "127.0.0.1:0", proto: mixed, service: egress } }
        forward: { egress: { auth: { users: { alice: !secret %s } } } }
        """;
    try (var gateway = GatewayFixture.start(yaml.formatted(canary))) {
      ControlApi api = gateway.api();
      reload(gateway, yaml.formatted(canary + "-2"), "");
      for (String path :
          new String[] {
            "/v1/now",
            "/v1/now?layers=1",
            "/v1/now?format=yaml",
            "/v1/config/source",
            "/v1/config/history",
            "/v1/config/history/1",
            "/v1/config/history/1..2",
            "/v1/adapt",
            "/metrics"
          }) {
        Response answer = api.get(path);
        assertThat(answer.status()).as(path).isEqualTo(200);
        assertThat(answer.text()).as(path).doesNotContain(canary);
      }
      String shown = api.get("/v1/config/source").text();
      assertThat(shown).contains("\"***\"");
      Response saved = api.send("PUT", "/v1/config/source", shown + "# a remark\n", api.ifMatch());
      assertThat(saved.status()).as(saved.text()).isEqualTo(200);
      assertThat(Files.readString(gateway.configFile()))
          .as("the secret is back where the editor saw asterisks")
          .contains(canary + "-2")
          .endsWith("# a remark\n");
      Response lost =
          api.send("PUT", "/v1/config/source", shown.replace("alice", "bob"), api.ifMatch());
      assertThat(lost.status()).as("asterisks never become a password").isEqualTo(422);
    }
  }
}
