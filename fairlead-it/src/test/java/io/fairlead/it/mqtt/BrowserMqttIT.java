package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.it.GatewayFixture;
import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import io.fairlead.testkit.RawClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * mqtt.js in a real browser, over WebSocket; page and library come from the gateway's own file
 * listener. Nightly, since the library is fetched from its registry.
 */
@Tag("nightly")
class BrowserMqttIT {
  private static final String LIBRARY = "mqtt@5.14.1";
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** Every QoS in both versions, to itself; then tells what it received, as a message. */
  private static final String PAGE =
      """
      <!doctype html><title>mqtt</title><script src="/mqtt.min.js"></script><script>
      const url = "ws://127.0.0.1:" + location.hash.substring(1) + "/mqtt";
      const run = version => new Promise((done, failed) => {
        const client = mqtt.connect(url, { protocolVersion: version, reconnectPeriod: 0,
          protocolId: "MQTT", will: { topic: "will/" + version, payload: "gone", qos: 1 } });
        const got = [];
        client.on("error", failed);
        client.on("connect", () => client.subscribe("page/" + version + "/#", { qos: 2 }, () => {
          for (const qos of [0, 1, 2])
            client.publish("page/" + version + "/" + qos, "x".repeat(qos * 50000 + 1), { qos });
        }));
        client.on("message", (topic, payload, packet) => {
          got.push(topic + ":" + packet.qos + ":" + payload.length);
          if (got.length === 3)
            client.publish("result/" + version, got.sort().join(" "), { qos: 1 }, done);
        });
      });
      run(4).then(() => run(5));
      </script>
      """;

  @TempDir Path dir;

  @Test
  void aPageSpeaksBothVersionsAtEveryQos() throws Exception {
    Path chromium = Peers.require("chromium");
    Path site = Files.createDirectories(dir.resolve("site"));
    fetchLibrary(site);
    Files.writeString(site.resolve("index.html"), PAGE);
    try (GatewayFixture gateway =
            GatewayFixture.start(
                """
                listeners:
                  web: { bind: "127.0.0.1:0", proto: http, service: site }
                  mqtt: { bind: "127.0.0.1:0", proto: mqtt }
                http:
                  site:
                    default: true
                    routes: [ { id: all, match: { path: /* }, files: { root: "%s" } } ]
                """
                    .formatted(site));
        Peer results =
            new Peer(new Link.Plain(RawClient.connect(gateway.port("mqtt"))), Version.V5)) {
      results.link().tcp().timeout(LIMIT);
      results.connect(Connect.of(Version.V5, "results"));
      results.subscribe("result/+", 1).subscribe("will/+", 1);
      try (Proc browser = browser(chromium, gateway)) {
        for (int version : new int[] {4, 5}) {
          Packet result = results.message();
          assertThat(result.topic()).isEqualTo("result/" + version);
          assertThat(result.text())
              .isEqualTo(
                  "page/%1$d/0:0:1 page/%1$d/1:1:50001 page/%1$d/2:2:100001".formatted(version));
        }
        assertThat(browser.alive()).isTrue();
      }
      // The browser is gone, and with it both of its connections.
      List<String> wills = List.of(results.message().topic(), results.message().topic());
      assertThat(wills).containsExactlyInAnyOrder("will/4", "will/5");
    }
  }

  private Proc browser(Path chromium, GatewayFixture gateway) throws Exception {
    Path home = Files.createDirectories(dir.resolve("browser"));
    return Proc.start(
        List.of(
            chromium.toString(),
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--user-data-dir=" + home,
            "http://127.0.0.1:" + gateway.port("web") + "/index.html#" + gateway.port("mqtt")),
        dir,
        Map.of("HOME", home.toString()));
  }

  private void fetchLibrary(Path site) throws Exception {
    Path npm = Peers.require("npm");
    try (Proc pack =
        Proc.start(List.of(npm.toString(), "pack", "--silent", LIBRARY), dir, System.getenv())) {
      assertThat(pack.awaitExit(LIMIT)).as("%s", pack.stderr()).isZero();
      Path archive = dir.resolve(pack.stdout().strip());
      try (Proc tar =
          Proc.start(
              List.of("tar", "-xzf", archive.toString(), "package/dist/mqtt.min.js"),
              dir,
              System.getenv())) {
        assertThat(tar.awaitExit(LIMIT)).as("%s", tar.stderr()).isZero();
      }
    }
    Files.copy(dir.resolve("package/dist/mqtt.min.js"), site.resolve("mqtt.min.js"));
  }
}
