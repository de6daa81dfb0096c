package io.fairlead.it;

import static io.fairlead.it.ReloadHistoryIT.body;
import static io.fairlead.it.ReloadHistoryIT.site;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.StrictHttpParser.Response;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;

/** Files that change under a gateway that watches them, and files that include others. */
class FileWatchIT {
  @Test
  void everyWayAFileCanChangeCountsAndAHalfWrittenOneDoesNot() throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    Files.createDirectories(dir.resolve("conf.d"));
    try (var gateway = GatewayFixture.start(dir, watched(site("one")))) {
      gateway.replaceConfig(watched(site("renamed over")));
      await().until(() -> body(gateway).equals("renamed over"));
      String whole = GatewayFixture.whole(dir, watched(site("in place")));
      Files.writeString(gateway.configFile(), whole.substring(0, whole.length() - 40));
      await().until(() -> gateway.api().get("/v1/status").text().contains("was refused"));
      assertThat(body(gateway)).isEqualTo("renamed over");
      Files.writeString(gateway.configFile(), whole);
      await().until(() -> body(gateway).equals("in place"));

      // As a cluster's volumes do it: the file is a link into a folder that is swapped as a whole.
      for (String version : new String[] {"v1", "v2"}) {
        Files.createDirectories(dir.resolve(version));
        Files.writeString(
            dir.resolve(version).resolve("fairlead.yaml"),
            GatewayFixture.whole(dir, watched(site(version)).replace("conf.d", "../conf.d")));
      }
      Files.createSymbolicLink(dir.resolve("data"), Path.of("v1"));
      Path link = dir.resolve("link");
      Files.createSymbolicLink(link, Path.of("data/fairlead.yaml"));
      Files.move(link, gateway.configFile(), StandardCopyOption.REPLACE_EXISTING);
      await().until(() -> body(gateway).equals("v1"));
      Files.createSymbolicLink(dir.resolve("data.next"), Path.of("v2"));
      Files.move(
          dir.resolve("data.next"),
          dir.resolve("data"),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
      await().until(() -> body(gateway).equals("v2"));

      Files.delete(gateway.configFile());
      Files.writeString(gateway.configFile(), GatewayFixture.whole(dir, watched(site("back"))));
      await().until(() -> body(gateway).equals("back"));
      GatewayFixture.replace(dir.resolve("conf.d/more.yaml"), "name: from an included file\n");
      await().until(() -> gateway.gateway().config().name().equals("from an included file"));
      assertThat(gateway.api().get("/v1/config/history").text().replaceAll("\\s", ""))
          .contains("\"who\":{\"kind\":\"file\"");
    }
  }

  @Test
  void includesAreMergedAndWhatIsWrongWithThemIsSaidWhereItStands() throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    Files.createDirectories(dir.resolve("conf.d"));
    try (var gateway = GatewayFixture.start(dir, include(site("one")))) {
      Path more = dir.resolve("conf.d/more.yaml");
      Files.writeString(
          more,
          "http:\n  other: { routes: [ { id: o, match: { path: / }, respond: { status: 204 } } ] }\n");
      assertThat(gateway.api().post("/v1/reload").status()).isEqualTo(200);
      assertThat(gateway.api().get("/v1/now?path=/http/other").status()).isEqualTo(200);

      Files.writeString(more, "http:\n  site: { default: true, routes: [] }\n");
      Response twice = gateway.api().post("/v1/reload");
      assertThat(twice.status()).isEqualTo(422);
      assertThat(twice.text())
          .contains("F1012")
          .contains("more.yaml")
          .contains("the other is at")
          .contains("\"line\":2");

      Files.writeString(more, "include: [more.yaml]\n");
      assertThat(gateway.api().post("/v1/reload").text()).contains("F1011").contains("itself");
      Files.writeString(more, "include: [missing.yaml]\n");
      assertThat(gateway.api().post("/v1/reload").text())
          .contains("F1011")
          .contains("no such file");
      Files.writeString(more, "http:\n  nonsense\n");
      assertThat(gateway.api().post("/v1/reload").text()).contains("more.yaml");
      for (int i = 0; i < 10; i++) {
        Files.writeString(
            dir.resolve("deep" + i + ".yaml"), "include: [deep" + (i + 1) + ".yaml]\n");
      }
      Files.writeString(dir.resolve("deep10.yaml"), "name: deep\n");
      Files.writeString(more, "include: [../deep0.yaml]\n");
      assertThat(gateway.api().post("/v1/reload").text()).contains("F1011").contains("8 levels");
      for (int i = 0; i < 70; i++)
        Files.writeString(dir.resolve("conf.d/n" + i + ".yaml"), "x-n: 1\n");
      Files.writeString(more, "x-n: 1\n");
      assertThat(gateway.api().post("/v1/reload").text()).contains("F1011").contains("64");
      assertThat(body(gateway)).isEqualTo("one");
      assertThat(gateway.gateway().configuration().running().current().generation()).isEqualTo(2);
    }
  }

  private static String include(String yaml) {
    return "include: [conf.d/*.yaml]\n" + yaml;
  }

  private static String watched(String yaml) {
    return include(yaml)
        + "# watched\nlimits: { connections_per_ip: off, new_connections_per_ip: off }\n";
  }
}
