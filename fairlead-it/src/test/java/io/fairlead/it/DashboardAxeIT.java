package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import io.fairlead.testkit.RawClient;
import java.nio.charset.StandardCharsets;
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
  private static final String CONFIG =
      """
      certs: { local: { internal: true, hosts: [localhost] } }
      listeners:
        web: { bind: "127.0.0.1:0", proto: http, service: site }
        echo: { bind: "127.0.0.1:0", proto: echo }
        mqtt: { bind: "127.0.0.1:0", proto: mqtt }
      http:
        site:
          default: true
          routes: [ { id: api, match: { path: /api/* }, upstream: app } ]
      upstreams: { app: { endpoints: [ { address: "127.0.0.1:1" } ], health: { interval: 1s } } }
      registry:
        sources: [ { name: main, type: file, path: list.txt, default_port: 8500 } ]
        targets:
          - name: legacy
            kind: external_config
            source: main
            policy: prune_only
            file: proxy.yaml
            path: /subscribe
            default_port: 8500
      tunnels:
        server:
          listen: "127.0.0.1:0"
          tls: { cert: local }
          expose: { http: site, url: "http://127.0.0.1:8080" }
      relay: { listen: ["/ip4/127.0.0.1/tcp/0"] }
      """;

  /** CONNECT of client {@code test}, and SUBSCRIBE to {@code home/#}, MQTT 3.1.1. */
  private static final String MQTT_CLIENT =
      "\020\020\0\4MQTT\4\2\0\74\0\4test" + "\202\013\0\1\0\6home/#\1";

  private static final String VIOLATIONS =
      "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.map(one =>"
          + " `${one.id}: ${one.nodes.map(node => node.target + ' ' + node.failureSummary).join(';"
          + " ')}`))";

  @TempDir Path dir;

  @Test
  void noPageShutsAnyoneOut() throws Exception {
    Path chromium = Peers.require("chromium");
    String axe = library();
    Path home = Files.createDirectories(dir.resolve("gateway"));
    Files.writeString(home.resolve("list.txt"), "127.0.0.1:8500\n");
    Files.writeString(
        home.resolve("proxy.yaml"),
        "subscribe: [ 127.0.0.1:8500, 127.0.0.1:8501, 127.0.0.1:8502, 127.0.0.1:8503 ]\n");
    List<String> found = new ArrayList<>();
    try (GatewayFixture gateway = GatewayFixture.start(home, CONFIG);
        RawClient client = RawClient.connect(gateway.port("mqtt"));
        Browser browser = Browser.start(chromium, dir)) {
      client.send(MQTT_CLIENT.getBytes(StandardCharsets.ISO_8859_1));
      browser.size(1280, 900);
      browser.still();
      browser.open("http://127.0.0.1:" + gateway.controlPort() + "/ui/");
      browser.until("document.querySelector('input[name=username]') !== null");
      browser.js(axe);
      for (String theme : List.of("light", "dark")) {
        browser.js("document.documentElement.dataset.theme = '" + theme + "'");
        check(browser, "login " + theme, found);
      }
      browser.click("form button.link");
      browser.focus("input[name=token]");
      browser.type(gateway.token());
      browser.press("Enter");
      browser.until("document.querySelector('nav') !== null");
      browser.js("location.hash = '#/mqtt'");
      browser.focus("input[name=topic]");
      browser.type("home/kitchen");
      browser.click("input[name=retain]");
      browser.focus("textarea[name=payload]");
      browser.type("21.5");
      browser.click("form.tester button");
      browser.until("document.querySelectorAll('td code').length === 2"); // a filter, a topic
      browser.js("location.hash = '#/registry'");
      browser.shows("3 of 4 lines would go");
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
