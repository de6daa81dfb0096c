package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.it.CommandLine.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code manage} and targets of kind {@code external_config} accept. */
class ManageCommandTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "manage                                        | a word after `manage` is missing",
        "manage docker                                 | --container is missing",
        "manage pid                                    | --pid is missing",
        "manage pid --pid 0                            | --pid: `0` is not the number",
        "manage pid --pid -5                           | --pid: `-5` is not the number",
        "manage --exit-unknown 0 pid --pid 7           | --exit-unknown: `0`",
        "manage pid --pid 7 --verify nowhere           | --verify: `nowhere`",
        "manage pid-path --interval soon               | --interval: `soon` is not a duration",
        "manage dokcer                                 | did you mean `docker`?",
      })
  void wrongWordsAreNamed(String words, String said) {
    Outcome outcome = CommandLine.run(folder, words.strip().split(" "));
    assertThat(outcome.exit()).as(outcome.err()).isEqualTo(64);
    assertThat(outcome.err()).contains(said.strip());
  }

  @Test
  void onePassFromTheCommandLine() throws IOException {
    Path config = Files.writeString(folder.resolve("proxy.yaml"), "subscribe: [a.example:1]\n");
    Files.writeString(folder.resolve("proxy_list.txt"), "a.example:1\n");
    Outcome outcome =
        CommandLine.run(
            folder, "manage", "--once", "-q", "--state-dir", "state", "pid", "--pid", "999999999");
    assertThat(outcome.exit()).as(outcome.err()).isZero();
    assertThat(config).hasContent("subscribe: [a.example:1]\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{ type: internal }",
        "{ type: docker, container: proxy }",
        "{ type: docker, container: proxy, socket: \"unix:///run/e.sock\", exec: [kill, -HUP, \"7\"] }",
        "{ type: pid, pid: 4711, expect: { command: ^nginx, user: www-data } }",
        "{ type: pid_path, file: /run/nginx.pid, allow_init: true }",
        "{ type: http, url: \"http://127.0.0.1:8837/v1/reload\", etag_from: \"http://127.0.0.1:8837/v1/now\" }",
        "{ type: systemd, unit: nginx.service, timeout: 5s }",
      })
  void reloadActions(String reload) throws IOException {
    Outcome outcome = validate("", "reload: " + reload, "proxy.yaml");
    assertThat(outcome.exit()).as(outcome.out()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{ type: tcp, address: \"127.0.0.1:8085\" }",
        "{ type: http, url: \"http://127.0.0.1:8085/\", status: 204, pointer: /state, value: up }",
        "{ type: fairlead, url: \"http://127.0.0.1:8837\", within: 20s }",
        "{ type: none }",
      })
  void verifications(String verify) throws IOException {
    Outcome outcome = validate("", "verify: " + verify, "proxy.toml");
    assertThat(outcome.exit()).as(outcome.out()).isZero();
  }

  @Test
  void programsNeedPermissionAndAFileOnlyWeCanWrite() throws IOException {
    String exec = "reload: { type: exec, argv: [/usr/sbin/nginx, -s, reload] }";
    Outcome outcome = validate("", exec, "proxy.yaml");
    assertThat(outcome.exit()).isEqualTo(78);
    assertThat(outcome.out()).contains("F2140").contains("registry.allow_exec");
    assertThat(validate("allow_exec: true", exec, "proxy.yaml").exit()).isZero();
    Files.setPosixFilePermissions(
        folder.resolve("gateway.yaml"), PosixFilePermissions.fromString("rw-rw-r--"));
    outcome =
        CommandLine.run(
            Path.of("").toAbsolutePath(),
            "validate",
            "-c",
            folder.resolve("gateway.yaml").toString());
    assertThat(outcome.exit()).isEqualTo(78);
    assertThat(outcome.out()).contains("can be written by its group");
  }

  @Test
  void aFileOfAnotherKindIsRefused() throws IOException {
    Outcome outcome = validate("", "backups: 5", "proxy.conf");
    assertThat(outcome.exit()).isEqualTo(65);
    assertThat(outcome.out()).contains("expected .yaml, .yml, .json or .toml");
  }

  private Outcome validate(String registry, String target, String file) throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("gateway.yaml"),
            """
            version: 1
            registry:
              %s
              sources:
                - { name: main, type: file, path: list.txt }
              targets:
                - name: legacy
                  kind: external_config
                  source: main
                  policy: prune_only
                  file: ./%s
                  path: /subscribe
                  default_port: 8500
                  %s
            """
                .formatted(registry, file, target));
    Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rw-r--r--"));
    return CommandLine.run(
        Path.of("").toAbsolutePath(), "validate", "-c", folder.resolve("gateway.yaml").toString());
  }
}
