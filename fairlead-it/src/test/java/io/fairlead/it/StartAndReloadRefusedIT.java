package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.fairlead.core.config.ConfigException;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the machine refuses a gateway: a certificate that cannot be used, a port that is taken. Said
 * with the line of the file, at the start and at a reload, and after a reload all goes on.
 */
class StartAndReloadRefusedIT {
  /** What is wrong, where the text says so, and how the diagnostic begins. */
  private enum Trouble {
    UNREADABLE_CERTIFICATE("F23", "cert:"),
    NO_PEM("F23", "cert:"),
    FOREIGN_KEY("F23", "key:"),
    PORT_IN_USE("F2201", "extra:"),
    MISSING_AUTHORITY("F23", "ca:"),
    BAD_REGEX("F1", "regex:");

    private final String code;
    private final String line;

    Trouble(String code, String line) {
      this.code = code;
      this.line = line;
    }
  }

  @ParameterizedTest
  @EnumSource
  void atTheStartTheDiagnosticSaysWhatAndWhere(Trouble trouble) throws Exception {
    try (RecordingServer taken = RecordingServer.start(RecordingServer.Conversation::readAll)) {
      Path dir = folder();
      String bad = bad(dir, trouble, taken.port());
      Throwable failure = catchThrowable(() -> GatewayFixture.start(dir, bad).close());
      assertThat(failure).isNotNull();
      ConfigException refused = configException(failure);
      assertThat(refused.problems())
          .anySatisfy(
              problem -> {
                assertThat(problem.code()).startsWith(trouble.code);
                assertThat(problem.place().line())
                    .isBetween(1, GatewayFixture.whole(dir, bad).lines().toList().size());
                assertThat(line(dir, bad, problem.place().line())).contains(trouble.line);
                if (trouble == Trouble.PORT_IN_USE) assertNamesThisProcess(problem.message());
              });
    }
  }

  @ParameterizedTest
  @EnumSource
  void atAReloadTheRunningConfigurationGoesOn(Trouble trouble) throws Exception {
    Path dir = folder();
    try (RecordingServer taken = RecordingServer.start(RecordingServer.Conversation::readAll);
        GatewayFixture gateway = GatewayFixture.start(dir, GOOD)) {
      Bystander bystander =
          Bystander.start(gateway.port("web"), "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "good");
      try (bystander) {
        String bad = bad(dir, trouble, taken.port()).replace("\"good\"", "\"bad\"");
        gateway.replaceConfig(bad);
        StrictHttpParser.Response answer = gateway.control("/reload");
        assertThat(answer.status()).as(answer.text()).isIn(422, 500);
        String text = answer.text().replaceAll("\\s", "");
        assertThat(text).contains("\"generation\":1").contains("\"code\":\"" + trouble.code);
        int line = lineOf(dir, bad, trouble.line);
        assertThat(text).contains("\"line\":" + line);
        if (trouble == Trouble.PORT_IN_USE) assertNamesThisProcess(answer.text());
        assertThat(get(gateway)).isEqualTo("good");
        bystander.assertUndisturbed();
      }
      gateway.replaceConfig(GOOD.replace("\"good\"", "\"better\""));
      StrictHttpParser.Response answer = gateway.control("/reload");
      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
      assertThat(get(gateway)).isEqualTo("better");
    }
  }

  /** The configuration with the trouble in it; the files it names are made. */
  private static String bad(Path dir, Trouble trouble, int takenPort) throws Exception {
    switch (trouble) {
      case UNREADABLE_CERTIFICATE -> {}
      case NO_PEM -> Files.writeString(dir.resolve("other.crt"), "this is no certificate\n");
      case FOREIGN_KEY -> {
        Pem other = Pem.selfMade(dir, "other");
        Files.copy(
            dir.resolve("site.key"),
            other.key(),
            java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      }
      case MISSING_AUTHORITY -> {
        return GOOD
            + "upstreams:\n  far:\n    endpoints: [ { url: \"https://127.0.0.1:1\" } ]\n    tls:\n"
            + "      ca: missing.pem\n";
      }
      case BAD_REGEX -> {
        return GOOD.replace("path: /*", "path: {\n  regex: \"(a\" }");
      }
      case PORT_IN_USE -> {
        return GOOD.replace(
            "listeners:",
            "listeners:\n  extra: { bind: \"127.0.0.1:" + takenPort + "\", proto: echo }");
      }
    }
    String key = trouble == Trouble.FOREIGN_KEY ? "other.key" : "site.key";
    return GOOD.replace("site.crt", "other.crt").replace("site.key", key);
  }

  private static void assertNamesThisProcess(String text) {
    assertThat(text).contains(Long.toString(ProcessHandle.current().pid()));
  }

  private static ConfigException configException(Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof ConfigException refused) return refused;
    }
    throw new AssertionError("no diagnostics in " + failure, failure);
  }

  private static Path folder() throws IOException, InterruptedException {
    Path dir = Files.createTempDirectory("fairlead-it");
    Pem.selfMade(dir, "site");
    return dir;
  }

  private static String line(Path dir, String yaml, int number) {
    return GatewayFixture.whole(dir, yaml).lines().toList().get(number - 1);
  }

  private static int lineOf(Path dir, String yaml, String text) {
    List<String> lines = GatewayFixture.whole(dir, yaml).lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).strip().startsWith(text)) return i + 1;
    }
    throw new AssertionError(
        "no line starts with " + text + " in " + Arrays.toString(lines.toArray()));
  }

  private static String get(GatewayFixture gateway) throws IOException {
    try (RawClient client = gateway.client("web")) {
      return client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").readResponse().text();
    }
  }

  private static final String GOOD =
      """
      certs:
        site:
          files:
            cert: "@DIR@/site.crt"
            key: "@DIR@/site.key"
      listeners:
        web: { bind: "127.0.0.1:0", proto: http, service: site }
        websec: { bind: "127.0.0.1:0", proto: http, service: site, tls: { cert: site } }
      http:
        site: { default: true, routes: [ { id: r, match: { path: /* }, respond: { status: 200, body: "good" } } ] }
      """;
}
