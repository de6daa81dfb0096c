package io.fairlead.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.app.cli.CliFixture.Outcome;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CliTest {
  @TempDir Path dir;
  private CliFixture cli;

  @BeforeEach
  void fresh() {
    cli = new CliFixture(dir);
  }

  @Test
  void aloneItPrintsTwelveLinesThatNameHelp() {
    Outcome outcome = cli.run();
    assertThat(outcome.exit()).isZero();
    assertThat(outcome.outLines()).hasSize(12);
    assertThat(outcome.outLines().getLast()).contains("fairlead help");
    assertThat(outcome.err()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "prxy                      | unknown command `prxy`         | did you mean `proxy`?",
        "vaildate                  | unknown command `vaildate`     | did you mean `validate`?",
        "stat                      | unknown command `stat`         | did you mean `status`?",
        "config shw                | unknown command `shw`          | did you mean `show`?",
        "proxy --lissten :1        | unknown option `--lissten`     | did you mean `--listen`?",
        "run --confg=x             | unknown option `--confg`       | did you mean `--config`?",
        "zzzzzz                    | unknown command `zzzzzz`       | see: fairlead help",
        "rum --help                | unknown command `rum`          | did you mean `run`?",
        "version extra             | unexpected word `extra`        | see: fairlead version -h",
        "reverse --to 127.0.0.1:1  | --from is missing              | e.g. --from :8080",
        "proxy --listen nonsense:  | is not an address to listen on | write :8080 or 0.0.0.0:8080",
        "reverse --from :1 --to ftp://x | is not an upstream        | write 127.0.0.1:3000",
        "proxy --auth nobody       | a name and a password are due  | write USER:PASS",
        "stop --now --drain 3s     | exclude each other             | ''",
        "stop --drain soon         | is not a duration              | write it as 500ms",
        "validate --format xml     | is not a choice                | use text, json or sarif",
        "config                    | a word after `config` is missing | show, set, diff, convert,"
            + " explain, schema",
        "completion tcsh           | no completion for `tcsh`       | use: bash, zsh or fish",
        "help prxy                 | no help on `prxy`              | did you mean `proxy`?",
        "help F9999                | no diagnostic has the code     | ''",
        "config explain limts      | no key `limts`                 | did you mean `limits`?",
        "--control nowhere status  | is not an address              | write unix:/path",
      })
  void wrongWordsAreAnsweredWithTheFixAndExit64(String words, String message, String hint) {
    Outcome outcome = cli.run(words.split(" +"));
    assertThat(outcome.err()).contains(message).contains(hint);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.exit()).isEqualTo(64);
  }

  @Test
  void errorsAreJsonOnRequestEvenWhenTheWordsDoNotParse() {
    Outcome outcome = cli.run("--json", "prxy");
    assertThat(outcome.exit()).isEqualTo(64);
    assertThat(outcome.json()).containsEntry("schema", "fairlead.error/1");
    assertThat(outcome.json().get("error"))
        .isEqualTo(
            Map.of(
                "code", "usage",
                "message", "unknown command `prxy`",
                "hint", "did you mean `proxy`?",
                "diagnostics", List.of()));
  }

  @Test
  void optionsMayStandBeforeAndBehindTheCommand() {
    assertThat(cli.run("--json", "version").json()).containsEntry("schema", "fairlead.version/1");
    assertThat(cli.run("version", "--json").json()).containsEntry("schema", "fairlead.version/1");
    assertThat(cli.run("--version").out()).startsWith("fairlead ");
  }

  @Test
  void environmentCountsWhenTheCommandLineIsSilent() throws Exception {
    Files.writeString(dir.resolve("named.yaml"), "version: 1\nname: from-file\n");
    cli.environment.put("FAIRLEAD_CONFIG", "named.yaml");
    assertThat(cli.run("config", "show").out()).contains("name: from-file");

    Files.writeString(dir.resolve("own.yaml"), "version: 1\nname: from-own\n");
    cli.environment.put("FAIRLEAD_CONFIG_SHOW_CONFIG", "own.yaml");
    assertThat(cli.run("config", "show").out()).contains("name: from-own");
    assertThat(cli.run("config", "show", "-c", "named.yaml").out()).contains("name: from-file");

    cli.environment.put("FAIRLEAD_VERSION_JSON", "true");
    assertThat(cli.run("version").json()).containsKey("version");
    assertThat(cli.run("version", "--json").json()).containsKey("version");
    cli.environment.put("FAIRLEAD_VERSION_JSON", "perhaps");
    assertThat(cli.run("version").exit()).isEqualTo(64);
  }

  @Test
  void helpKnowsCommandsTopicsAndEveryDiagnosticCode() {
    assertThat(cli.run("help").out())
        .contains("reverse", "config show|set|diff|convert|explain|schema", "--token-file");
    assertThat(cli.run("help", "reverse").out()).contains("--from", "--to");
    assertThat(cli.run("help", "config", "show").out()).contains("--effective");
    assertThat(cli.run("reverse", "-h").out()).isEqualTo(cli.run("help", "reverse").out());
    assertThat(cli.run("help", "exit-codes").out()).contains(" 69 ");
    for (var code : cli.product.codes()) {
      Outcome outcome = cli.run("help", code.id());
      assertThat(outcome.exit()).as(code.id()).isZero();
      assertThat(outcome.out()).contains(code.id(), code.title(), "wrong:", "right:");
    }
  }

  @Test
  void aReaderThatLeavesEarlyIsNoError() {
    OutputStream closed =
        new OutputStream() {
          @Override
          public void write(int b) throws java.io.IOException {
            throw new java.io.IOException("Broken pipe");
          }
        };
    var terminal =
        new Terminal(
            new PrintStream(closed, false, StandardCharsets.UTF_8),
            new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8),
            false,
            false,
            true);
    var surroundings = new Call.Surroundings(terminal, Map.of(), dir);
    assertThat(new Cli(new SampleProduct(), surroundings).run("help")).isEqualTo(141);
  }

  @Test
  void completionLoadsInBashAndKnowsCommandsAndOptions() throws Exception {
    Path script =
        Files.writeString(dir.resolve("completion.bash"), cli.run("completion", "bash").out());
    String probe =
        """
        set -u
        source "$1"
        complete -p fairlead
        probe() {
          COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); COMPREPLY=()
          _fairlead
          echo "${COMPREPLY[*]}"
        }
        probe fairlead re
        probe fairlead config sh
        probe fairlead stop --d
        probe fairlead --color a
        probe fairlead serve ec
        """;
    Process bash =
        new ProcessBuilder("bash", "-c", probe, "bash", script.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(bash.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(said.lines())
        .containsExactly(
            "complete -o bashdefault -F _fairlead fairlead",
            "reload reverse registry relay",
            "show",
            "--drain",
            "auto always",
            "echo");
    assertThat(bash.exitValue()).isZero();
  }
}
