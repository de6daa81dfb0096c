package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code fairlead demo registry}, as a visitor starts it. */
class DemoIT {
  private static final Duration PLAY = Duration.ofSeconds(240);
  private static final Duration CUT = Duration.ofSeconds(30);
  private static final List<String> PATHS =
      List.of(
          "http proxy",
          "socks5 proxy",
          "mqtt session",
          "tunnel: its agent",
          "tunnel: a visitor",
          "upstream: its server",
          "relay: its place",
          "relay: a circuit");

  @TempDir private Path cache;

  @Test
  void onARealNodeEveryPathClosesWithOneAuditLine() throws Exception {
    Peers.require("anvil");
    JsonNode report = played(Map.of());
    assertThat(report.path("emulated").asBoolean(true)).isFalse();
    assertThat(report.path("node").asString("")).startsWith("anvil");
    closed(report);
  }

  @Test
  void withoutANodeTheEmulatorIsNamedAndTheStoryIsToldForPeople() throws Exception {
    Path temporary = Files.createDirectory(cache.resolve("tmp"));
    try (Proc demo =
        Launched.built(cache)
            .startIn(
                Map.of("FAIRLEAD_JAVA_OPTS", "-Djava.io.tmpdir=" + temporary, "LC_ALL", "C"),
                cache,
                "demo",
                "registry",
                "--emulator")) {
      int exit = demo.awaitExit(PLAY);
      assertThat(exit).as(demo.stderr()).isZero();
      assertThat(demo.stdout())
          .contains("a chain", "a contract", "entries", "a gateway", "clients", "revoke", "again")
          .contains("the built-in emulator of the contract", "one line tells it")
          .contains("bob: 8 paths open, nothing closed")
          .doesNotContain("\u001b", "…");
      for (String path : PATHS) assertThat(demo.stdout()).containsPattern(path + " +[0-9]+ ms ");
      assertThat(demo.stderr()).isEmpty();
    }
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left.filter(each -> each.getFileName().toString().startsWith("fairlead-demo")))
          .as("nothing is left behind")
          .isEmpty();
    }
  }

  private JsonNode played(Map<String, String> environment, String... more) throws Exception {
    List<String> words =
        Stream.concat(Stream.of("demo", "registry", "--json"), Stream.of(more)).toList();
    try (Proc demo =
        Launched.built(cache).startIn(environment, cache, words.toArray(String[]::new))) {
      int exit = demo.awaitExit(PLAY);
      assertThat(exit).as(demo.stderr()).isZero();
      return JsonMapper.builder().build().readTree(demo.stdout());
    }
  }

  private static void closed(JsonNode report) {
    JsonNode took = report.path("closed_after_ms");
    assertThat(took.propertyNames()).containsExactlyInAnyOrderElementsOf(PATHS);
    for (String path : PATHS) {
      System.out.println("demo: " + path + " closed after " + took.path(path).asLong() + " ms");
      assertThat(took.path(path).asLong(-1)).isBetween(0L, CUT.toMillis());
    }
    assertThat(report.path("others_open").asInt(0)).isEqualTo(PATHS.size());
    assertThat(report.path("again").path("http proxy").asString("")).contains(" 403");
    assertThat(report.path("again").path("mqtt session").asString("")).contains("CONNACK 0x87");
    assertThat(report.path("again").path("relay: a circuit").asString(""))
        .isNotEqualTo("connected");
    JsonNode lines = report.path("audit");
    assertThat(lines).hasSize(1);
    JsonNode line = lines.path(0);
    assertThat(line.path("op").asString("")).isEqualTo("revoke");
    assertThat(line.path("tx").asString("")).isEqualTo(report.path("tx").asString("?"));
    assertThat(line.path("block").asLong(0)).isEqualTo(report.path("block").asLong(-1));
    assertThat(line.path("target").asString("").split("\\+"))
        .containsExactlyInAnyOrder("users", "devices", "agents", "peers", "servers");
    assertThat(line.path("cut").path("mqtt_sessions").asInt(0)).isEqualTo(1);
    assertThat(
            line.path("cut").path("relay_reservations").asInt(0)
                + line.path("cut").path("relay_circuits").asInt(0)
                + line.path("cut").path("relay_peers").asInt(0))
        .isPositive();
    assertThat(line.path("cut").path("proxy_flows").asInt(0)).isGreaterThanOrEqualTo(2);
  }
}
