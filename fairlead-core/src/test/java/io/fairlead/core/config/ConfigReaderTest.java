package io.fairlead.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.address.Cidr;
import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.unit.Limit;
import io.fairlead.core.unit.Secret;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigReaderTest {
  private static Gateway good(String text) {
    Reading<Gateway> reading = Gateway.read(text);
    assertThat(reading.problems()).isEmpty();
    return reading.value().orElseThrow();
  }

  private static Problem only(String text) {
    List<Problem> problems = Gateway.read(text).problems();
    assertThat(problems).hasSize(1);
    return problems.getFirst();
  }

  @Test
  void readsEveryKey() {
    Gateway gateway = good(Gateway.SAMPLE);
    assertThat(gateway.name()).isEqualTo("gw-berlin-1");
    assertThat(gateway.runtime().stateDir()).isEqualTo(Path.of("/etc/fairlead/state"));
    assertThat(gateway.runtime().drain())
        .isEqualTo(new Gateway.Drain(Duration.ofSeconds(30), Duration.ofSeconds(5), 0.8));
    assertThat(gateway.runtime().transport()).isEqualTo(Gateway.Transport.EPOLL);
    assertThat(gateway.limits().connections()).isEqualTo(Limit.atMost(10_000));
    assertThat(gateway.limits().bandwidth().orElseThrow().bytes()).isEqualTo(10L << 20);
    assertThat(gateway.listeners().keySet()).containsExactly("web", "other");
    Gateway.Listener web = gateway.listeners().get("web");
    assertThat(web.id()).isEqualTo("web");
    assertThat(web.bind()).isEqualTo(new ListenAddress.Loopback(8080));
    assertThat(web.service()).contains(new Reference("upstreams", "app"));
    assertThat(web.allow())
        .containsExactly(
            Cidr.parse("10.0.0.0/8").orElseThrow(), Cidr.parse("fd00::/8").orElseThrow());
    Gateway.Upstream app = gateway.upstreams().get("app");
    assertThat(app.endpoints()).extracting(Gateway.Endpoint::weight).containsExactly(50, 100);
    assertThat(app.health()).contains(new Gateway.Health.Http("/healthz", Duration.ofSeconds(5)));
    assertThat(app.headers()).containsExactly(Map.entry("X-Gateway", "gw"));
    assertThat(gateway.tokens().getFirst().secret()).isEqualTo(Secret.of("hunter2-sesame"));
    assertThat(gateway.fallback()).contains(new Reference("pubsub.chains", "main"));
  }

  @Test
  void fillsInDefaults() {
    Gateway gateway = good("version: 1\n");
    assertThat(gateway.name()).isEqualTo("gw");
    assertThat(gateway.runtime().stateDir()).isEqualTo(Path.of("/etc/fairlead/state"));
    assertThat(gateway.runtime().drain()).isEqualTo(Gateway.Drain.TYPE.defaults());
    assertThat(gateway.listeners()).isEmpty();
    assertThat(gateway.fallback()).isEmpty();
  }

  @Test
  void takesAnEmptyMappingOrListAsEmpty() {
    Gateway gateway = good("version: 1\nruntime:\nlisteners:\n  # web: …\ntokens:\n");
    assertThat(gateway.runtime().drain().stop()).isEqualTo(Duration.ofSeconds(30));
    assertThat(gateway.tokens()).isEmpty();
  }

  @Test
  void acceptsJson() {
    assertThat(good("{\"version\": 1, \"limits\": {\"connections\": \"off\"}}").limits())
        .isEqualTo(new Gateway.Limits(Limit.OFF, Optional.empty()));
  }

  @Test
  void ignoresKeysOfOthers() {
    good("version: 1\nx-anything: { a: [1, 2] }\nlisteners: { x-base: 1 }\n");
  }

  @Test
  void reportsTheUnknownKeyAtTheKey() {
    Problem problem =
        only("version: 1\nupstreams:\n  app:\n    heath: { type: http, path: /healthz }\n");
    assertThat(problem)
        .isEqualTo(
            new Problem(
                Problem.Severity.ERROR,
                "F1104",
                "/upstreams/app/heath",
                new Problem.Place("fairlead.yaml", 4, 5, 5),
                "unknown key `heath` in upstreams.app",
                "did you mean `health`?",
                List.of("allowed here: endpoints, health, headers")));
  }

  @Test
  void reportsTheBadValueAtTheValue() {
    Problem problem = only("version: 1\nruntime:\n  drain: { stop: 30 }\n");
    assertThat(problem.code()).isEqualTo("F1202");
    assertThat(problem.path()).isEqualTo("/runtime/drain/stop");
    assertThat(problem.place()).isEqualTo(new Problem.Place("fairlead.yaml", 3, 18, 2));
    assertThat(problem.message()).isEqualTo("`30` has no unit");
    assertThat(problem.hint()).startsWith("did you mean `30s`?");
  }

  @Test
  void reportsAllProblemsAtOnceInOrderOfPlace() {
    List<Problem> problems =
        Gateway.read(
                """
                name: 5
                limits: { connections: 0 }
                listeners:
                  web: { service: ap }
                upstreams:
                  app: { helth: {} }
                  App 2: {}
                tokens: {}
                """)
            .problems();
    assertThat(problems)
        .extracting(Problem::code)
        .containsExactly("F1101", "F1103", "F1106", "F1101", "F1301", "F1104", "F1108", "F1103");
    assertThat(problems)
        .extracting(problem -> problem.place().line())
        .containsExactly(1, 1, 2, 4, 4, 6, 7, 8);
  }

  @Test
  void capsTheListAndCountsTheRest() {
    StringBuilder text = new StringBuilder("version: 1\n");
    for (int i = 0; i < 80; i++) text.append("nonsense_").append(i).append(": 1\n");
    List<Problem> problems = Gateway.read(text.toString()).problems();
    assertThat(problems).hasSize(50);
    assertThat(problems.getLast().notes()).contains("problems not shown: 30");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          stop: 5s                     | `stop` exists under `runtime.drain`
          health: {}                   | `health` exists under `upstreams.*`
          listener: {}                 | did you mean `listeners`?
          Listeners: {}                | did you mean `listeners`?
          runtime: { stateDir: x }     | did you mean `state_dir`?
          runtime: { state-dir: x }    | did you mean `state_dir`?
          runtime: { stop: 5s }        | `stop` belongs under `drain`
          runtime: { upstreams: {} }   | `upstreams` belongs at the top level: check the indentation
          runtime: { drain: { transport: nio } } | `transport` belongs in runtime: check the indentation
          <<: {}                       | merge keys are not part of YAML 1.2; write the keys out
          """)
  void guessesWhatAnUnknownKeyMeant(String line, String hint) {
    assertThat(only("version: 1\n" + line + "\n").hint()).isEqualTo(hint);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          listeners: { a: { bind: ':1', accept_proxy_protocol: yes } } | F1107 | did you mean `true`?
          listeners: { a: { bind: ':1', accept_proxy_protocol: off } } | F1107 | did you mean `false`?
          listeners: { a: { bind: ':1', accept_proxy_protocol: 'true' } } | F1107 | remove the quotes
          runtime: { event_loops: '4' }                                | F1103 | remove the quotes
          runtime: { event_loops: 1_000 }                              | F1103 | write 1000
          runtime: { event_loops: 0 }                                  | F1106 | allowed: 1 to 1024
          runtime: { transport: epol }                                 | F1105 | did you mean `epoll`? one of: auto, epoll, nio
          runtime: { drain: { stop: 10ms } }                           | F1106 | allowed: at least 1s
          runtime: { drain: { stop: 1s } }                             | F1110 | shorten it
          name: 12                                                     | F1103 | write it in quotes: "12"
          name: ''                                                     | F1111 | give it text
          name:                                                        | F1103 | give it text, or remove the key
          """)
  void saysHowToMendAValue(String line, String code, String hint) {
    Problem problem = only("version: 1\n" + line + "\n");
    assertThat(problem.code()).isEqualTo(code);
    assertThat(problem.hint()).isEqualTo(hint);
  }

  @Test
  void adviseOfARenamedKeyAndReadsIt() {
    Reading<Gateway> reading =
        Gateway.read("version: 1\nlisteners: { a: { bind: ':1', proxy_protocol: true } }\n");
    assertThat(reading.value().orElseThrow().listeners().get("a").proxyProtocol()).isTrue();
    assertThat(reading.problems())
        .extracting(Problem::code, Problem::message)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(
                "W3001", "`proxy_protocol` is now `accept_proxy_protocol`"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing\n", "---\n"})
  void wantsAVersion(String text) {
    Problem problem = only(text);
    assertThat(problem.code()).isEqualTo("F1101");
    assertThat(problem.message()).isEqualTo("`version` is missing at the top level");
    assertThat(problem.place().line()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"2", "0", "one", "1.0", "'1'"})
  void refusesOtherVersions(String version) {
    assertThat(only("version: " + version + "\n").code()).isEqualTo("F1005");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          'version: 1\\nname: [a, b'                  | F1003 | 2 | 12
          'version: 1\\nruntime:\\n\\tdrain: {}'        | F1004 | 3 | 1
          'version: 1\\nruntime:\\n  drain: {}\\n\\tx: 1' | F1004 | 4 | 1
          'version: 1\\n---\\nname: a'                 | F1010 | 2 | 1
          'version: 1\\nname: !!str a'                | F1007 | 2 | 7
          'version: 1\\nruntime: !x {}'               | F1007 | 2 | 10
          'version: 1\\n? [a]\\n: b'                   | F1006 | 2 | 3
          'version: 1\\nname: *a'                     | F1008 | 2 | 7
          'version: 1\\nx-a: &a [*a]'                 | F1008 | 2 | 10
          'version: 1\\nname: "a\\1b"'             | F1003 | 2 | 9
          '- a'                                      | F1103 | 1 | 1
          """)
  void placesSyntaxProblems(String escaped, String code, int line, int column) {
    String text = escaped.translateEscapes();
    Problem problem = Gateway.read(text).problems().getFirst();
    assertThat(problem.code()).isEqualTo(code);
    assertThat(problem.place().line()).isEqualTo(line);
    assertThat(problem.place().column()).isEqualTo(column);
  }

  @Test
  void namesBothPlacesOfADuplicate() {
    Problem problem = only("version: 1\nname: a\nname: b\n");
    assertThat(problem.code()).isEqualTo("F1102");
    assertThat(problem.place().line()).isEqualTo(3);
    assertThat(problem.notes()).containsExactly("first written at fairlead.yaml:2:1");
  }

  @Test
  void columnsCountCodePoints() {
    Problem problem = only("version: 1\nupstreams: { a: { headers: { \"é😀\": x }, heath: 1 } }\n");
    assertThat(problem.place().column()).isEqualTo(41);
  }

  @Test
  void boundsDepthAndAliases() {
    String deep = "version: 1\nx-a: " + "[".repeat(70) + "]".repeat(70);
    assertThat(only(deep).code()).isEqualTo("F1009");
    String many = "version: 1\nx-a: &a 1\nx-b: [" + "*a, ".repeat(51) + "]\n";
    assertThat(only(many).code()).isEqualTo("F1008");
    StringBuilder bomb = new StringBuilder("version: 1\nx-0: &a0 [1, 1]\n");
    for (int i = 1; i <= 20; i++) {
      bomb.append("x-%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
    }
    assertThat(only(bomb.toString()).code()).isEqualTo("F1008");
  }

  @Test
  void boundsTheSize() {
    String text = "version: 1\n#" + "x".repeat(ConfigReader.BYTES_MAX);
    assertThat(only(text).code()).isEqualTo("F1001");
  }

  @Test
  void placesMalformedUtf8() {
    byte[] bytes = "version: 1\nname: aé".getBytes(StandardCharsets.ISO_8859_1);
    Reading<Gateway> reading =
        ConfigReader.read(
            Gateway.TYPE, "f.yaml", bytes, Path.of("."), Environment.withVariables(Map.of()));
    assertThat(reading.problems())
        .extracting(Problem::code, Problem::place)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("F1002", new Problem.Place("f.yaml", 2, 8, 1)));
  }

  @Test
  void substitutesInScalarsOnly() {
    assertThat(good("version: 1\nname: a-${env:CI_TOKEN}-$${env:X}\n").name())
        .isEqualTo("a-hunter2-sesame-${env:X}");
    assertThat(good("version: 1\nname: ${env:NONE:-b}\n").name()).isEqualTo("b");
    Problem problem = only("version: 1\nname: ${env:NONE}\n");
    assertThat(problem.code()).isEqualTo("F1021");
    assertThat(problem.message()).contains("from ${env:NONE}");
    assertThat(problem.place()).isEqualTo(new Problem.Place("fairlead.yaml", 2, 7, 11));
    assertThat(only("version: 1\nname: ${NONE}\n").code()).isEqualTo("F1020");
    assertThat(only("version: 1\nname: ${env:NONE\n").code()).isEqualTo("F1020");
  }

  @Test
  void readsFilesAndCredentials(@TempDir Path dir) throws Exception {
    Path secret = Files.writeString(dir.resolve("a.token"), "sesame\n");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r--r--"));
    String text =
        """
        version: 1
        tokens:
          - { name: a, secret: "${file:a.token}" }
          - { name: b, secret: "${cred:a.token}" }
          - { name: c, secret: "${cred:../a.token}" }
          - { name: d, secret: "${file:missing}" }
        """;
    Reading<Gateway> reading =
        ConfigReader.read(
            Gateway.TYPE,
            new ConfigSource("f.yaml", text, dir),
            Environment.withVariables(Map.of("CREDENTIALS_DIRECTORY", dir.toString())));
    assertThat(reading.problems())
        .extracting(Problem::code, problem -> problem.place().line())
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("W3302", 3),
            org.assertj.core.groups.Tuple.tuple("F1020", 5),
            org.assertj.core.groups.Tuple.tuple("F1022", 6));
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    Reading<Gateway> mended =
        ConfigReader.read(
            Gateway.TYPE,
            new ConfigSource("f.yaml", text.substring(0, text.indexOf("  - { name: c")), dir),
            Environment.withVariables(Map.of("CREDENTIALS_DIRECTORY", dir.toString())));
    assertThat(mended.problems()).isEmpty();
    assertThat(mended.value().orElseThrow().tokens())
        .extracting(Gateway.Token::secret)
        .containsOnly(Secret.of("sesame"));
  }

  @Test
  void advisesAgainstLiteralSecrets() {
    Problem problem = only("version: 1\ntokens: [{ name: a, secret: hunter2 }]\n");
    assertThat(problem.code()).isEqualTo("W3301");
    good("version: 1\ntokens: [{ name: a, secret: !secret hunter2 }]\n");
  }

  @Test
  void checksReferences() {
    String rest = "upstreams: { app: {} }\npubsub: { chains: { main: 1 } }\n";
    Problem dangling = only("version: 1\nfallback: apq\n" + rest);
    assertThat(dangling.code()).isEqualTo("F1301");
    assertThat(dangling.hint()).isEqualTo("did you mean `app`? defined: app, main");
    Problem wrongKind =
        only("version: 1\nfallback: web\nlisteners: { web: { bind: ':1' } }\n" + rest);
    assertThat(wrongKind.code()).isEqualTo("F1302");
    assertThat(wrongKind.message()).contains("is under `listeners`");
  }
}
