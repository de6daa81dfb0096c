package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Every page in both colours, wide and at 360 pixels, under axe-core (WCAG 2.2 AA and its best
 * practices), and nothing in the console. Nightly, since the library is fetched from its registry.
 */
@Tag("nightly")
class DashboardAxeIT {
  private static final String LIBRARY = "axe-core@4.11.0";
  private static final List<String> PAGES =
      List.of(
          "overview",
          "listeners",
          "upstreams",
          "connections",
          "tunnels",
          "mqtt",
          "registry",
          "relay",
          "config",
          "config?tab=source",
          "config?tab=history",
          "events",
          "metrics");
  private static final String MORE =
      """
      http:
        site:
          default: true
          routes: [ { id: api, match: { path: /api/* }, upstream: app } ]
      upstreams: { app: { endpoints: [ { address: "127.0.0.1:1" } ], health: { interval: 1s } } }
      registry: { sources: [ { name: main, type: file, path: list.txt, default_port: 8500 } ] }
      """;
  private static final String VIOLATIONS =
      "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.map(one =>"
          + " `${one.id}: ${one.nodes.map(node => node.target + ' ' + node.failureSummary).join(';"
          + " ')}`))";

  @TempDir Path dir;

  @Test
  void noPageShutsAnyoneOut() throws Exception {
    Path chromium = Peers.require("chromium");
    String axe = library();
    Files.writeString(dir.resolve("list.txt"), "127.0.0.1:8500\n");
    List<String> found = new ArrayList<>();
    try (Guarded gateway = Guarded.start(dir, "", MORE);
        Browser browser = Browser.start(chromium, dir)) {
      browser.size(1280, 900);
      browser.still();
      browser.open("http://127.0.0.1:" + gateway.port() + "/ui/");
      browser.until("document.querySelector('input[name=username]') !== null");
      browser.js(axe);
      for (String theme : List.of("light", "dark")) {
        browser.js("document.documentElement.dataset.theme = '" + theme + "'");
        check(browser, "login " + theme, found);
      }
      DashboardIT.login(browser, "ann", Guarded.PASSWORD);
      browser.until("document.querySelector('nav') !== null");
      for (String page : PAGES) {
        browser.js("location.hash = '#/" + page + "'");
        browser.until(
            "document.querySelector('main p[aria-busy=true]') === null"
                + " && document.querySelector('main h1 ~ *') !== null");
        for (int width : new int[] {1280, 360}) {
          browser.size(width, 900);
          for (String theme : List.of("light", "dark")) {
            browser.js("document.documentElement.dataset.theme = '" + theme + "'");
            check(browser, page + " " + theme + " " + width, found);
          }
          browser.until("document.documentElement.scrollWidth <= innerWidth");
        }
      }
      assertThat(found).isEmpty();
      assertThat(browser.complaints()).isEmpty();
    }
  }

  private static void check(Browser browser, String where, List<String> found) throws Exception {
    for (JsonNode violation : browser.js(VIOLATIONS)) {
      found.add(where + ": " + violation.asString(""));
    }
  }

  private String library() throws Exception {
    Path npm = Peers.require("npm");
    try (Proc pack =
        Proc.start(List.of(npm.toString(), "pack", "--silent", LIBRARY), dir, System.getenv())) {
      assertThat(pack.awaitExit(Browser.LIMIT)).as("%s", pack.stderr()).isZero();
      try (Proc tar =
          Proc.start(
              List.of("tar", "-xzf", pack.stdout().strip(), "package/axe.min.js"),
              dir,
              System.getenv())) {
        assertThat(tar.awaitExit(Browser.LIMIT)).as("%s", tar.stderr()).isZero();
      }
    }
    return Files.readString(dir.resolve("package/axe.min.js"));
  }
}
