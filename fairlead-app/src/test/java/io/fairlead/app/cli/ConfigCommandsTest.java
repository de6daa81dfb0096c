package io.fairlead.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.app.cli.CliFixture.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigCommandsTest {
  @TempDir Path dir;
  private CliFixture cli;

  @BeforeEach
  void fresh() {
    cli = new CliFixture(dir);
  }

  private void file(String text) throws Exception {
    Files.writeString(dir.resolve("fairlead.yaml"), text);
  }

  @Test
  void aGoodFileIsValid() throws Exception {
    file("version: 1\n");
    Outcome outcome = cli.run("validate");
    assertThat(outcome.out()).isEqualTo("fairlead.yaml: valid\n");
    assertThat(outcome.exit()).isZero();
    assertThat(cli.run("validate", "-q").out()).isEmpty();
  }

  @Test
  void everyProblemIsShownAtItsPlace() throws Exception {
    file("version: 1\nlimts: {}\nlimits: { connections: many }\n");
    Outcome outcome = cli.run("validate");
    assertThat(outcome.exit()).isEqualTo(65);
    assertThat(outcome.out())
        .contains("fairlead.yaml:2:1: error F1104")
        .contains("did you mean `limits`")
        .contains("fairlead.yaml:3:")
        .contains("fairlead.yaml: 2 errors");
  }

  @Test
  void scriptsGetJsonOrSarif() throws Exception {
    file("version: 1\nlimts: {}\n");
    Outcome json = cli.run("validate", "--json");
    assertThat(json.exit()).isEqualTo(65);
    assertThat(json.json()).containsEntry("schema", "fairlead.validate/1");
    assertThat(json.json()).containsEntry("valid", false);
    assertThat(Json.children(json.json(), "errors").getFirst())
        .containsEntry("code", "F1104")
        .containsEntry("line", 2);

    Map<String, Object> sarif = cli.run("validate", "--format", "sarif").json();
    assertThat(sarif).containsEntry("version", "2.1.0");
    Map<String, Object> run = Map.copyOf(Json.children(sarif, "runs").getFirst());
    Map<String, Object> result = Map.copyOf(Json.children(run, "results").getFirst());
    assertThat(result).containsEntry("ruleId", "F1104").containsEntry("level", "error");
  }

  @Test
  void filesThatCannotBeReadAreExit66() {
    Outcome none = cli.run("validate");
    assertThat(none.exit()).isEqualTo(66);
    assertThat(none.err()).contains("no configuration file").contains("looked for fairlead.yaml");
    Outcome missing = cli.run("run", "-c", "gone.yaml");
    assertThat(missing.exit()).isEqualTo(66);
    assertThat(missing.err()).contains("gone.yaml: no such file");
  }

  @Test
  void aFileThatIsNotUtf8IsInvalidAtItsLine() throws Exception {
    Files.write(dir.resolve("fairlead.yaml"), new byte[] {'a', ':', ' ', '1', '\n', (byte) 0xE4});
    Outcome outcome = cli.run("validate");
    assertThat(outcome.exit()).isEqualTo(65);
    assertThat(outcome.err()).contains("fairlead.yaml:2: error F1002");
  }

  @Test
  void runHandsTheFileOverAndReturnsTheExitCode() throws Exception {
    file("version: 1\n");
    cli.product.exitCode = 98;
    Outcome outcome = cli.run("run", "--check", "-v");
    assertThat(outcome.exit()).isEqualTo(98);
    var options = cli.product.launched.getFirst();
    assertThat(options.checkOnly()).isTrue();
    assertThat(options.adHoc()).isFalse();
    assertThat(options.configFile()).contains(dir.resolve("fairlead.yaml"));
    assertThat(options.source().baseDir()).isEqualTo(dir);
    assertThat(outcome.err()).contains("configuration: fairlead.yaml");
  }

  @Test
  void showFillsDefaultsIn() throws Exception {
    file("version: 1\nname: mine\n");
    assertThat(cli.run("config", "show").outLines()).contains("name: mine");
    assertThat(cli.run("config", "show").out()).contains("10000");
    assertThat(cli.run("config", "show", "--defaults").outLines()).contains("name: sample");
    assertThat(cli.run("config", "show", "--json").json()).containsEntry("name", "mine");
    file("version: 1\nname: {}\n");
    assertThat(cli.run("config", "show").exit()).isEqualTo(65);
  }

  @Test
  void explainAndSchemaNeedNoFile() {
    assertThat(cli.run("config", "explain", "limits.connections").out())
        .contains("Open connections.");
    assertThat(cli.run("config", "schema").json()).containsKey("properties");
  }

  @Test
  void onlySafetyRulesMakeExit78() {
    var rule =
        io.fairlead.core.config.Problem.error(
            "F2101", "/x", io.fairlead.core.config.Problem.Place.NOWHERE, "open", "close it");
    var other =
        io.fairlead.core.config.Problem.error(
            "F1104", "/x", io.fairlead.core.config.Problem.Place.NOWHERE, "typo", "");
    assertThat(CommandFailure.exitCodeOf(List.of(rule))).isEqualTo(78);
    assertThat(CommandFailure.exitCodeOf(List.of(rule, other))).isEqualTo(65);
  }
}
