package io.fairlead.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DiagnosticsTest {
  @Test
  void drawsTheLineWithCaretsAndHint() {
    Reading<Gateway> reading =
        Gateway.read("version: 1\nupstreams:\n  app:\n    heath: { type: http }\n");
    assertThat(Diagnostics.render(reading, false))
        .isEqualTo(
            """
            fairlead.yaml:4:5: error F1104: unknown key `heath` in upstreams.app
                4 |     heath: { type: http }
                  |     ^^^^^ did you mean `health`?
               = allowed here: endpoints, health, headers
               = more: fairlead help F1104

            1 error, 0 warnings
            """);
    assertThat(Diagnostics.render(reading, true)).contains("\u001b[1;31merror F1104\u001b[0m");
  }

  @Test
  void rendersProblemsWithoutAPlace() {
    Problem problem =
        Problem.error("F2201", "", Problem.Place.NOWHERE, "cannot bind", "free the port");
    assertThat(Diagnostics.render(problem, "", false))
        .isEqualTo(
            "error F2201: cannot bind\n   = free the port\n   = more: fairlead help F2201\n");
  }

  @Test
  void windowsLongLinesAndDisarmsControlCharacters() {
    Problem problem = Problem.error("F1103", "", new Problem.Place("f", 1, 1001, 3), "x", "");
    String text = "a".repeat(1000) + "bad\u001b[2J" + "c".repeat(1000);
    String block = Diagnostics.render(problem, text, false);
    assertThat(block).doesNotContain("\u001b").hasSizeLessThan(600);
    List<String> lines = block.lines().toList();
    int caret = lines.get(2).indexOf('^');
    assertThat(lines.get(1)).startsWith("    1 | ");
    assertThat(lines.get(1).substring(caret, caret + 3)).isEqualTo("bad");
  }

  /** Each holds the secret in another wrong way; none may show it anywhere. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "tokens: [{ name: a, secret: hunter2 }]",
        "tokens: [{ name: a, secret: !secret hunter2 }]",
        "tokens: [{ name: a, secret: !secret hunter2, x: 1 }]",
        "tokens: [{ name: a, secret: [hunter2] }]",
        "tokens: [{ name: a, secret: { a: hunter2 } }]",
        "tokens: [{ name: a, secert: hunter2 }]",
        "tokens: [{ name: a, Secret: hunter2 }]",
        "tokens: [{ nam: a, secret: \"hunter2\" }]",
        "tokens: { name: a, secret: hunter2 }",
        "tokens: { secret: hunter2, name: [ }",
        "secret: hunter2",
        "runtime: { secret: hunter2 }",
        "api_token: hunter2",
        "name: [!secret hunter2]",
        "limits: { connections: !secret hunter2 }",
        "runtime: { event_loops: \"${env:SECRET_X}\" }",
        "fallback: \"${env:SECRET_X}\"",
        "runtime: { transport: \"${env:SECRET_X}\", drain: { stop: \"${env:SECRET_X}\" } }",
        "listeners: { a: { bind: \"${env:SECRET_X}\", allow: \"${env:SECRET_X}\" } }",
        "upstreams: { a: { endpoints: [\"http://u:hunter2@[bad\"] } }",
        "upstreams: { a: { endpoints: [\"http://u:hunter2@host/\"], x: 1 } }",
        "tokens:\n  - name: a\n    secret: |\n      hunter2\n    name: b",
        "password: hunter2\n\tx: 1",
        "tokens:\n  - secret: |\n      hunter2\n\t- x"
      })
  void neverShowsASecret(String text) {
    Reading<Gateway> reading =
        ConfigReader.read(
            Gateway.TYPE,
            new ConfigSource("fairlead.yaml", "version: 1\n" + text + "\n", Path.of("/base")),
            Environment.withVariables(Map.of("SECRET_X", "hunter2")));
    assertThat(Diagnostics.render(reading, false)).doesNotContain("hunter2");
    assertThat(reading.problems().toString()).doesNotContain("hunter2");
    assertThat(reading.effective().toYaml()).doesNotContain("hunter2");
    assertThat(reading.effective().toJson()).doesNotContain("hunter2");
    assertThat(reading.toString()).doesNotContain("hunter2");
    reading
        .value()
        .ifPresent(
            gateway ->
                assertThat(gateway.tokens().toString())
                    .isEqualTo(gateway.tokens().isEmpty() ? "[]" : "[Token[name=a, secret=***]]"));
  }

  @Test
  void documentKnowsPlacesOfPaths() {
    ConfigDocument document = Gateway.read(Gateway.SAMPLE).document();
    assertThat(document.placeOf("/upstreams/app/endpoints/0/weight"))
        .isEqualTo(new Problem.Place("fairlead.yaml", 23, 17, 2));
    assertThat(document.placeOf("listeners.web.accept_proxy_protocol").line()).isEqualTo(12);
    assertThat(document.placeOf("nothing").line()).isEqualTo(1);
    assertThat(document.paths()).contains("/name", "/listeners/web/allow/1", "/tokens/0/secret");
    assertThat(document.node("tokens.ci.name")).isPresent();
    assertThat(document.sha256())
        .hasSize(64)
        .isEqualTo(Gateway.read(Gateway.SAMPLE).document().sha256());
  }

  record Shop(
      int version,
      List<String> include,
      Map<String, Gateway.Drain> drains,
      List<Gateway.Token> tokens,
      Path path) {
    static final RecordType<Shop> TYPE =
        RecordType.define(
            "Shop",
            "A root with includes.",
            fields -> {
              var version = fields.key("version", Types.schemaVersion(), "Version.").required();
              var include = fields.key("include", Types.includes(), "More.").orElse(List.of());
              var drains =
                  fields.key("drains", Types.mapOf(Gateway.Drain.TYPE), "D.").orElse(Map.of());
              var tokens =
                  fields.key("tokens", Types.listOf(Gateway.Token.TYPE), "T.").orElse(List.of());
              var path = fields.key("path", Types.path(), "P.").orElse(Path.of("p"));
              return values ->
                  new Shop(
                      values.get(version),
                      values.get(include),
                      values.get(drains),
                      values.get(tokens),
                      values.get(path));
            });
  }

  private static Reading<Shop> read(Path dir, String text) throws Exception {
    Files.writeString(dir.resolve("main.yaml"), text);
    return ConfigReader.read(
        Shop.TYPE, new ConfigSource("main.yaml", text, dir), Environment.withVariables(Map.of()));
  }

  @Test
  void mergesIncludesAndKeepsTheirPlaces(@TempDir Path dir) throws Exception {
    Files.createDirectories(dir.resolve("conf.d"));
    Files.writeString(
        dir.resolve("conf.d/b.yaml"),
        "drains: { b: { stop: 2s, announce: 1s } }\npath: x\ntokens: [{ name: b, secret: !secret b }]\n");
    Files.writeString(dir.resolve("conf.d/a.yaml"), "version: 1\ndrains: { a: { stpo: 2s } }\n");
    String text =
        "version: 1\ninclude: [conf.d/*.yaml]\ntokens: [{ name: a, secret: !secret a }]\n";
    Reading<Shop> bad = read(dir, text);
    assertThat(bad.problems()).hasSize(1);
    assertThat(bad.problems().getFirst().place())
        .isEqualTo(new Problem.Place("conf.d/a.yaml", 2, 16, 4));
    assertThat(Diagnostics.render(bad, false)).contains("drains: { a: { stpo: 2s } }");
    Files.writeString(dir.resolve("conf.d/a.yaml"), "drains: { a: {} }\n");
    Shop good = read(dir, text).valueOrThrow();
    assertThat(good.drains().keySet()).containsExactly("a", "b");
    assertThat(good.tokens()).extracting(Gateway.Token::name).containsExactly("a", "b");
    assertThat(good.path()).isEqualTo(dir.resolve("conf.d/x"));
  }

  @Test
  void refusesConflictsCyclesAndMissingIncludes(@TempDir Path dir) throws Exception {
    Files.writeString(
        dir.resolve("a.yaml"),
        "include: [main.yaml]\npath: y\ndrains: { a: {} }\ntokens: [{ name: a, secret: !secret x }]\n");
    Reading<Shop> reading =
        read(
            dir,
            """
            version: 1
            include: [a.yaml, missing.yaml]
            path: x
            drains: { a: {} }
            tokens: [{ name: a, secret: !secret a }]
            """);
    assertThat(reading.problems())
        .extracting(p -> p.code() + " " + p.place().file() + ":" + p.place().line())
        .containsExactly(
            "F1011 main.yaml:2",
            "F1011 a.yaml:1",
            "F1012 a.yaml:2",
            "F1012 a.yaml:3",
            "F1012 a.yaml:4");
    assertThat(reading.problems().get(3).notes()).containsExactly("the other is at main.yaml:4:11");
  }
}
