package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.Proc;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Passwords of the configuration are searched for in everything a gateway says: answers of the
 * control API, meters, diagnostics of broken files, the command line, and its log at level trace.
 */
class SecretsTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** A key of 32 bytes, as a chain's node takes it to check tokens. */
  private static final String JWT =
      "ca9a47ca9a47ca9a47ca9a47ca9a47ca9a47ca9a47ca9a47ca9a47ca9a4790ff";

  /** In the file itself, from the environment, from a file, as a default, and after a change. */
  private static final List<String> CANARIES =
      List.of(
          "canary-plain-81",
          "canary-env-82",
          "canary-file-83",
          "canary-spare-84",
          "canary-new-85",
          "canary-chain-86",
          "canary-header-87",
          "canary-query-88",
          JWT);

  private static final String GOOD =
      """
      logs: { level: trace, format: json }
      listeners:
        mixed: { bind: "127.0.0.1:0", proto: mixed, service: egress }
        mqtt: { bind: "127.0.0.1:0", proto: mqtt }
      pubsub:
        chains:
          main:
            chain_id: 1
            endpoints:
              - alias: node
                url: "ws://me:canary-chain-86@127.0.0.1:1/v3/canary-chain-86?k=canary-chain-86"
                http: "http://127.0.0.1:1/canary-chain-86"
                headers: { Authorization: canary-chain-86 }
            subscriptions: { heads: { kind: new_heads }, all: { kind: logs } }
          files:
            chain_id: 1
            endpoints:
              - alias: token
                url: "http://127.0.0.1:@PORT@/rpc?key=canary-query-88"
                jwt_secret: ${file:jwt.secret}
                poll_interval: 50ms
              - alias: bearer
                url: "ws://127.0.0.1:@PORT@"
                headers: { Authorization: "Bearer ${file:bearer.secret}", X-Key: "${env:FAIRLEAD_CANARY}" }
            subscriptions: { heads: { kind: new_heads } }
      forward:
        egress:
          auth:
            users:
              alice: canary-plain-81
              bob: ${env:FAIRLEAD_CANARY:-canary-spare-84}
              carol: ${file:carol.secret}
      """;

  @TempDir Path dir;
  private Proc gateway;
  private RecordingServer node;
  private final Map<String, String> said = new LinkedHashMap<>();

  @BeforeEach
  void start() throws Exception {
    node = RecordingServer.http(_ -> RecordingServer.response(200, "[]"));
    secret("carol.secret", "canary-file-83");
    secret("bearer.secret", "canary-header-87");
    secret("jwt.secret", JWT);
    write(GOOD);
    gateway =
        Proc.start(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                "io.fairlead.app.Main",
                "run",
                "-v",
                "-c",
                file().toString()),
            dir,
            Map.of("FAIRLEAD_CANARY", "canary-env-82"));
    gateway.awaitLine("try: fairlead status", LIMIT);
  }

  private void secret(String name, String text) throws IOException {
    Path secret = dir.resolve(name);
    Files.writeString(secret, text + "\n");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
  }

  @AfterEach
  void stop() throws IOException {
    gateway.close();
    node.close();
  }

  @Test
  void nothingTheGatewaySaysHoldsASecret() throws Exception {
    useTheAccounts();
    List<String> tokens = tokensOfTheChain();
    ask("good", "/now", 200);
    ask("good", "/now?format=yaml", 200);
    ask("good", "/v1/config/effective/forward/egress/auth", 200);
    ask("good", "/v1/config/schema", 200);
    ask("good", "/v1/status", 200);
    ask("good", "/v1/connections", 200);
    ask("good", "/v1/pubsub/chains", 200);
    ask("good", "/v1/pubsub/chains/main/subscriptions", 200);
    ask("good", "/v1/config/effective/pubsub/chains/main", 200);
    ask("good", "/v1/config/effective/pubsub/chains/files", 200);
    ask("good", "/v1/pubsub/chains/files/subscriptions", 200);
    ask("good", "/metrics", 200);
    ask("good", "/adapt", 200);
    commandLine("good", "config", "show");
    commandLine("good", "config", "show", "--json");
    commandLine("good", "validate", "--json");
    for (Map.Entry<String, String> broken : broken().entrySet()) {
      write(broken.getValue());
      ask(broken.getKey(), "/adapt", 422);
      ask(broken.getKey(), "/reload", 422);
      commandLine(broken.getKey(), "validate");
      commandLine(broken.getKey(), "validate", "--format", "sarif");
      commandLine(broken.getKey(), "config", "show", "--json");
    }
    write(GOOD.replace("canary-plain-81", "canary-new-85"));
    ask("good", "/adapt", 200);
    ask("good", "/reload", 200);
    useTheAccounts();
    ask("good", "/now", 200);
    ask("good", "/stop", 202);
    gateway.awaitExit(LIMIT);
    said.put("stderr", gateway.stderr());
    said.put("stdout", gateway.stdout());

    assertThat(said.get("stderr")).contains("\"level\":\"debug\"", "\"level\":\"warn\"");
    assertThat(said.get("good: GET /now")).contains("***").contains("alice");
    assertThat(leaks(CANARIES)).isEmpty();
    assertThat(leaks(tokens)).as("tokens signed for a node").isEmpty();
    assertThat(said).hasSizeGreaterThan(40);
  }

  /** The node of a chain is told each of its secrets; gives the tokens signed for it. */
  private List<String> tokensOfTheChain() {
    await().atMost(LIMIT).until(() -> !told("X-Key").isEmpty() && told("Authorization").size() > 1);
    assertThat(told("X-Key")).contains("canary-env-82");
    assertThat(told("Authorization")).contains("Bearer canary-header-87");
    assertThat(node.requests()).anyMatch(each -> each.target().contains("key=canary-query-88"));
    List<String> tokens =
        told("Authorization").stream()
            .filter(each -> each.startsWith("Bearer ey"))
            .map(each -> each.substring("Bearer ".length()))
            .toList();
    assertThat(tokens).isNotEmpty();
    return tokens;
  }

  private List<String> told(String field) {
    return node.requests().stream()
        .flatMap(each -> each.fieldsNamed(field).stream())
        .distinct()
        .toList();
  }

  /** Where a secret stands, with some of what is around it. */
  private List<String> leaks(List<String> secrets) {
    List<String> leaks = new ArrayList<>();
    said.forEach(
        (what, text) -> {
          for (String canary : secrets) {
            int at = text.indexOf(canary);
            if (at < 0) continue;
            int end = Math.min(text.length(), at + canary.length() + 20);
            leaks.add(what + ": …" + text.substring(Math.max(0, at - 120), end));
          }
        });
    return leaks;
  }

  /** Every way to break the file near the passwords that people find. */
  private static Map<String, String> broken() {
    Map<String, String> broken = new LinkedHashMap<>();
    String line = "        alice: canary-plain-81\n";
    broken.put("typo in users", GOOD.replace("users:", "usres:"));
    broken.put("typo in auth", GOOD.replace("auth:", "auht:"));
    broken.put("typo in forward", GOOD.replace("forward:", "foward:"));
    broken.put("users in another case", GOOD.replace("users:", "Users:"));
    broken.put("tab", GOOD.replace(line, "\talice: canary-plain-81\n"));
    broken.put("twice", GOOD.replace(line, line + line));
    broken.put("a chain's scheme", GOOD.replace("ws://me", "gopher://me"));
    broken.put("a chain's URL", GOOD.replace("ws://me", "ws:/ /me"));
    broken.put("a chain's key", GOOD.replace("${file:jwt.secret}", JWT + "0"));
    broken.put("a chain's bearer", GOOD.replace("${file:bearer", "${flie:bearer"));
    broken.put("typo in a key", GOOD.replace("jwt_secret: ${file:jwt.secret}", "jwt: " + JWT));
    broken.put("a chain's http", GOOD.replace("\"http://127", "\"wss://127"));
    broken.put("typo in headers", GOOD.replace("headers:", "heders:"));
    broken.put(
        "headers as a list",
        GOOD.replace("{ Authorization: canary-chain-86 }", "[ canary-chain-86 ]"));
    broken.put("a list", GOOD.replace(line, "        alice: [canary-plain-81]\n"));
    broken.put("a list of accounts", GOOD.replace(line, "        - alice: canary-plain-81\n"));
    broken.put("a mapping", GOOD.replace(line, "        alice: { password: canary-plain-81 }\n"));
    broken.put("no users", GOOD.replace("      users:\n", ""));
    broken.put("in a row", GOOD.replaceFirst("(?s)users:.*", "users: [alice, canary-plain-81]\n"));
    broken.put("one word", GOOD.replaceFirst("(?s)users:.*", "users: canary-plain-81\n"));
    broken.put("no blank", GOOD.replace("alice: canary", "alice:canary"));
    broken.put("open quote", GOOD.replace("alice: canary", "alice: \"canary"));
    broken.put("open brace", GOOD.replace("alice: canary", "alice: {canary"));
    broken.put("another tag", GOOD.replace("alice: canary", "alice: !!str canary"));
    broken.put("wrong indent", GOOD.replace(line, "       alice: canary-plain-81\n"));
    broken.put("deeper", GOOD.replace(line, line + "          more: canary-plain-81\n"));
    String flow = "(?s)users:.*";
    broken.put("flow typo", GOOD.replaceFirst(flow, "usres: { alice: canary-plain-81 }\n"));
    broken.put(
        "flow twice", GOOD.replaceFirst(flow, "users: { a: canary-new-85, a: canary-plain-81 }\n"));
    broken.put("flow open", GOOD.replaceFirst(flow, "users: { alice: canary-plain-81\n"));
    broken.put("no name", GOOD.replace("FAIRLEAD_CANARY:-", "FAIRLEAD-"));
    broken.put("no such file", GOOD.replace("carol.secret", "karol.secret"));
    broken.put(
        "no such variable", GOOD.replace("${env:FAIRLEAD_CANARY:-", "${evn:FAIRLEAD_CANARY:-"));
    broken.put(
        "file as a number",
        GOOD.replace(
            "service: egress }",
            "service: egress, limits: { connections: \"${file:carol.secret}\" } }"));
    return broken;
  }

  private void ask(String what, String path, int status) throws IOException {
    try (RawClient client = RawClient.connect(dir.resolve("run/control.sock"))) {
      Response answer =
          client
              .send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n")
              .readResponse();
      assertThat(answer.status()).as("%s: %s%n%s", what, path, answer.text()).isEqualTo(status);
      said.merge(what + ": GET " + path, answer.text() + answer.fields(), String::concat);
    }
  }

  private void commandLine(String what, String... words) {
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("-c", file().toString()));
    CommandLine.Outcome outcome = CommandLine.run(dir, all.toArray(String[]::new));
    said.put(what + ": " + String.join(" ", words), outcome.out() + outcome.err());
  }

  /** The right password, a wrong one, and one in a request that is refused for other reasons. */
  private void useTheAccounts() throws IOException {
    int port = proxyPort();
    for (String account :
        List.of(
            "alice:" + CANARIES.getFirst(),
            "bob:canary-env-82",
            "bob:wrong",
            "carol:canary-file-83")) {
      String credentials =
          Base64.getEncoder().encodeToString(account.getBytes(StandardCharsets.UTF_8));
      for (String target : List.of("127.0.0.1:443", "host.invalid:25", "no target")) {
        try (RawClient client = RawClient.connect(port)) {
          Response answer =
              client
                  .send(
                      "CONNECT %s HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic %s\r\n\r\n"
                          .formatted(target, credentials))
                  .readResponse();
          assertThat(answer.status()).as(account + " " + target).isBetween(400, 599);
          said.merge("CONNECT", answer.text() + answer.fields(), String::concat);
          assertThat(answer.text()).doesNotContain(credentials);
        }
      }
    }
  }

  private int proxyPort() {
    Matcher port = Pattern.compile("mixed +127\\.0\\.0\\.1:(\\d+)").matcher(gateway.stderr());
    assertThat(port.find()).as(gateway.stderr()).isTrue();
    return Integer.parseInt(port.group(1));
  }

  private void write(String yaml) throws IOException {
    GatewayFixture.replace(
        file(), GatewayFixture.whole(dir, yaml.replace("@PORT@", "" + node.port())));
  }

  private Path file() {
    return dir.resolve("fairlead.yaml");
  }
}
