package io.fairlead.it;

import static io.fairlead.it.ControlApi.value;
import static io.fairlead.it.ReloadHistoryIT.body;
import static io.fairlead.it.ReloadHistoryIT.reload;
import static io.fairlead.it.ReloadHistoryIT.site;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.control.api.ReloadResult;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** File, registry and API: what lies over what, where it is kept, and who may change it when. */
class ConfigLayersIT {
  private static final String BODY = "/v1/config/effective/http/site/routes/r/respond/body";

  @Test
  void anEditLiesOverTheFileUntilItIsWithdrawn() throws Exception {
    try (var gateway = GatewayFixture.start(site("file"))) {
      ControlApi api = gateway.api();
      assertThat(edit(gateway, "PUT", BODY, "\"api\"").status()).isEqualTo(200);
      assertThat(body(gateway)).isEqualTo("api");
      assertThat(reload(gateway, site("newer file"), "").status()).isEqualTo(200);
      assertThat(body(gateway)).as("a reload keeps the layer").isEqualTo("api");
      String layers = api.get("/v1/now?layers=1").text().replaceAll("\\s", "");
      assertThat(layers)
          .contains("\"/http/site/routes/0/respond/body\":\"api\"")
          .contains("\"/http/site/default\":\"file\"")
          .contains("\"/limits/connections\":\"default\"");
      assertThat(edit(gateway, "DELETE", BODY + "?revert=1", "").status()).isEqualTo(200);
      assertThat(body(gateway)).isEqualTo("newer file");
      assertThat(
              edit(
                      gateway,
                      "PATCH",
                      "/v1/config/effective/http/site/routes/0/respond",
                      "{\"status\":404,\"body\":\"gone\"}")
                  .status())
          .isEqualTo(200);
      assertThat(body(gateway)).isEqualTo("gone");
      Response removed = edit(gateway, "DELETE", "/v1/config/effective/http/site/routes/0", "");
      assertThat(removed.status()).as(removed.text()).isEqualTo(200);
      assertThat(edit(gateway, "DELETE", "/v1/config/effective?revert=1", "").status())
          .isEqualTo(200);
      assertThat(body(gateway)).isEqualTo("newer file");
    }
  }

  @Test
  void anEditThatDoesNotFitIsRefusedAndNamesItself() throws Exception {
    try (var gateway = GatewayFixture.start(site("file"))) {
      Response wrong = edit(gateway, "PUT", "/v1/config/effective/http/site/nonsense", "1");
      assertThat(wrong.status()).isEqualTo(422);
      assertThat(wrong.text()).contains("<api /http/site/nonsense>").contains("F1104");
      Response below = edit(gateway, "PUT", BODY + "/deeper", "1");
      assertThat(below.status()).isEqualTo(422);
      assertThat(below.text()).contains("F1014");
      assertThat(edit(gateway, "PUT", "/v1/config/effective/include", "[]").status())
          .isEqualTo(422);
      assertThat(body(gateway)).isEqualTo("file");
      assertThat(gateway.gateway().configuration().running().current().generation()).isEqualTo(1);
    }
  }

  @Test
  void editsOutliveTheProcessUnlessEphemeral() throws Exception {
    var first = GatewayFixture.start(Files.createTempDirectory("fairlead-it"), site("file"));
    edit(first, "PUT", BODY, "\"kept\"");
    edit(first, "PUT", "/v1/config/effective/http/site/routes/r/respond/status?ephemeral=1", "418");
    try (var again = GatewayFixture.again(first.stopAndKeep())) {
      assertThat(body(again)).isEqualTo("kept");
      assertThat(again.api().get("/v1/now").text()).doesNotContain("418");
    }
  }

  @Test
  void whoeverChangesAConfigurationSaysWhichOneTheyKnow() throws Exception {
    try (var gateway = GatewayFixture.start(site("file"))) {
      ControlApi api = gateway.api();
      String known = api.ifMatch();
      assertThat(api.send("PUT", BODY, "\"x\"").status()).isEqualTo(428);
      assertThat(api.send("PUT", "/v1/config/source", "version: 1\n").status()).isEqualTo(428);
      assertThat(api.send("PUT", BODY, "\"one\"", known).status()).isEqualTo(200);
      Response late = api.send("PUT", BODY, "\"two\"", known);
      assertThat(late.status()).isEqualTo(412);
      assertThat(late.field("ETag")).isPresent();
      assertThat(api.post("/v1/reload", known).status()).isEqualTo(412);
      assertThat(api.post("/v1/reload", api.ifMatch()).status()).isEqualTo(200);
      assertThat(body(gateway)).isEqualTo("one");
    }
  }

  @Test
  void concurrentEditorsWithOneTagHaveOneWinner() throws Exception {
    try (var gateway = GatewayFixture.start(site("file"))) {
      ControlApi api = gateway.api();
      String known = api.ifMatch();
      List<Thread> editors = new ArrayList<>();
      List<Integer> answers = java.util.Collections.synchronizedList(new ArrayList<>());
      for (int i = 0; i < 8; i++) {
        String text = "\"editor " + i + "\"";
        editors.add(
            Thread.ofVirtual()
                .start(
                    () -> {
                      try {
                        answers.add(api.send("PUT", BODY, text, known).status());
                      } catch (IOException failure) {
                        answers.add(-1);
                      }
                    }));
      }
      for (Thread editor : editors) editor.join();
      assertThat(answers).hasSize(8).containsOnlyOnce(200);
      assertThat(answers).allMatch(status -> status == 200 || status == 409 || status == 412);
      assertThat(gateway.gateway().configuration().running().current().generation()).isEqualTo(2);
    }
  }

  @Test
  void aPushedTextRunsInPlaceOfTheFileUntilTheFileIsReadAgain() throws Exception {
    var first = GatewayFixture.start(Files.createTempDirectory("fairlead-it"), site("file"));
    Path dir = first.dir();
    Response pushed =
        first.api().send("POST", "/v1/reload", GatewayFixture.whole(dir, site("pushed")));
    assertThat(pushed.status()).as(pushed.text()).isEqualTo(200);
    assertThat(body(first)).isEqualTo("pushed");
    assertThat(first.api().get("/v1/now?layers=1").text()).contains("\"base\":\"pushed\"");
    assertThat(Files.readString(first.configFile())).contains("\"file\"");
    try (var again = GatewayFixture.again(first.stopAndKeep())) {
      assertThat(body(again)).isEqualTo("pushed");
      assertThat(again.api().post("/v1/reload").status()).isEqualTo(200);
      assertThat(body(again)).isEqualTo("file");
      Files.setPosixFilePermissions(
          again.configFile(), PosixFilePermissions.fromString("rw-r-----"));
      Response written =
          again
              .api()
              .send("POST", "/v1/reload?persist=file", GatewayFixture.whole(dir, site("written")));
      assertThat(written.status()).as(written.text()).isEqualTo(200);
      assertThat(Files.readString(again.configFile())).contains("\"written\"");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(again.configFile())))
          .isEqualTo("rw-r-----");
      String before = Files.readString(again.configFile());
      Response refused =
          again.api().send("POST", "/v1/reload?persist=file", "version: 1\nnonsense: 1\n");
      assertThat(refused.status()).isEqualTo(422);
      assertThat(Files.readString(again.configFile())).isEqualTo(before);
      assertThat(body(again)).isEqualTo("written");
    }
  }

  @Test
  void theRegistrysLayerLiesBetweenIsCoalescedAndNamesItsPosition() throws Exception {
    try (var gateway = GatewayFixture.start(site("file"))) {
      var layer = gateway.gateway().configuration().registry();
      String path = "/http/site/routes/r/respond/body";
      List<CompletionStage<ReloadResult>> results = new ArrayList<>();
      for (int i = 0; i < 20; i++) results.add(layer.set(path, "registry " + i, "main@" + i));
      for (var result : results) {
        assertThat(result.toCompletableFuture().get(10, TimeUnit.SECONDS))
            .isInstanceOf(ReloadResult.Applied.class);
      }
      assertThat(body(gateway)).isEqualTo("registry 19");
      long generation = gateway.gateway().configuration().running().current().generation();
      assertThat(generation).as("twenty wishes, few changes").isBetween(2L, 3L);
      assertThat(gateway.api().get("/v1/config/history").text().replaceAll("\\s", ""))
          .contains("\"kind\":\"registry\",\"name\":\"main@19\"");
      edit(gateway, "PUT", BODY, "\"api\"");
      assertThat(body(gateway)).isEqualTo("api");
      edit(gateway, "DELETE", "/v1/config/effective?revert=1", "");
      assertThat(body(gateway)).isEqualTo("registry 19");
      ReloadResult wrong =
          layer
              .set("/http/site/nonsense", Map.of("a", 1), "main@20")
              .toCompletableFuture()
              .get(10, TimeUnit.SECONDS);
      assertThat(wrong).isInstanceOf(ReloadResult.Invalid.class);
      assertThat(reload(gateway, site("file 2"), "").status())
          .as("what was refused does not linger")
          .isEqualTo(200);
      layer.remove(path, "main@21").toCompletableFuture().get(10, TimeUnit.SECONDS);
      assertThat(body(gateway)).isEqualTo("file 2");
    }
  }

  @Test
  void aDryRunAndAnAdaptSayWhatWouldHappenAndChangeNothing() throws Exception {
    try (var gateway = GatewayFixture.start(site("file"))) {
      String next = GatewayFixture.whole(gateway.dir(), site("next")) + "x-note: 1\nname: other\n";
      Response dry = gateway.api().send("POST", "/v1/reload?dry_run=1", next);
      assertThat(dry.status()).as(dry.text()).isEqualTo(200);
      assertThat(dry.text().replaceAll("\\s", ""))
          .contains("\"dry_run\":true")
          .contains("/http/site/routes/0/respond/body")
          .contains("W3401");
      Response adapt = gateway.api().send("POST", "/v1/adapt", next);
      assertThat(adapt.text().replaceAll("\\s", ""))
          .contains("\"valid\":true")
          .contains("\"disruptive\":false")
          .contains("\"affected\":{");
      Response invalid = gateway.api().send("POST", "/v1/adapt", "version: 1\nnonsense: 1\n");
      assertThat(invalid.status()).isEqualTo(422);
      assertThat(value(invalid, "line")).isEqualTo("2");
      assertThat(body(gateway)).isEqualTo("file");
      assertThat(gateway.gateway().configuration().running().current().generation()).isEqualTo(1);
    }
  }

  private static Response edit(GatewayFixture gateway, String method, String path, String body)
      throws IOException {
    ControlApi api = gateway.api();
    return api.send(method, path, body, api.ifMatch());
  }
}
