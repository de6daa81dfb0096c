package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.ArgumentsSource;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * docs/mqtt-conformance.md says of every numbered statement by which test it is shown to hold.
 * {@code ./dev docs} writes it again: it runs this test with the property {@code docs.write}.
 */
class MqttConformanceTest {
  private static final List<Class<?>> SUITES =
      List.of(
          MqttFramesIT.class,
          MqttConnectIT.class,
          MqttWillIT.class,
          MqttPublishIT.class,
          MqttPropertiesIT.class,
          MqttSubscribeIT.class,
          MqttSessionIT.class,
          MqttSharedIT.class,
          MqttAuthIT.class,
          MqttReducedIT.class,
          MqttWebSocketIT.class);

  private record Row(String id, String version, String applies, String summary, String reason) {
    String key() {
      return version + " " + id;
    }
  }

  @Test
  void everyStatementOfAServerHasATestOrAReason() throws Exception {
    Map<String, List<String>> tests = tests();
    List<String> neither = new ArrayList<>();
    List<String> both = new ArrayList<>();
    for (Row row : rows()) {
      boolean tested = tests.containsKey(row.key());
      if (!tested && row.reason.isEmpty()) neither.add(row.key());
      if (tested && !row.reason.isEmpty() && !row.applies.equals("client")) both.add(row.key());
    }

    assertThat(neither).as("statements with neither test nor reason").isEmpty();
    assertThat(both).as("statements said to be untested that are tested").isEmpty();
  }

  @Test
  void everyTestNamesStatementsThatExist() throws Exception {
    TreeSet<String> named = new TreeSet<>(tests().keySet());
    rows().forEach(row -> named.remove(row.key()));

    assertThat(named).isEmpty();
  }

  /** The page says that every test runs over TCP and over WebSocket, in the version it names. */
  @Test
  void everyStatementIsShownInItsVersionOverBothTransports() {
    List<String> wrong = new ArrayList<>();
    for (Class<?> suite : SUITES) {
      for (Method method : suite.getDeclaredMethods()) {
        Statement statement = method.getAnnotation(Statement.class);
        if (statement == null) continue;
        List<Version> versions =
            AnnotationSupport.findAnnotation(method, Versions.class)
                .map(found -> List.of(found.value()))
                .orElse(List.of());
        boolean labs =
            AnnotationSupport.findAnnotation(method, ArgumentsSource.class)
                .map(found -> found.value() == Labs.class)
                .orElse(false);
        boolean v3 = statement.v3().length == 0 || versions.contains(Version.V3);
        boolean v5 = statement.v5().length == 0 || versions.contains(Version.V5);
        if (!labs || !v3 || !v5) wrong.add(suite.getSimpleName() + "." + method.getName());
      }
    }

    assertThat(wrong).isEmpty();
    assertThat(Transport.values()).containsExactly(Transport.TCP, Transport.WEBSOCKET);
  }

  /** What binds a server is tested, but for what the broker has no part for. */
  @Test
  void onlyWhatBindsClientsOrHasNoPartIsUntested() throws Exception {
    Map<String, List<String>> tests = tests();
    assertThat(rows())
        .filteredOn(row -> !row.applies.equals("client") && !tests.containsKey(row.key()))
        .extracting(Row::key)
        .containsExactly("3.1.1 7.0.0-1");
  }

  @Test
  void thePageIsNotStale() throws Exception {
    Path file = root().resolve("docs/mqtt-conformance.md");
    String page = page();
    if (Boolean.getBoolean("docs.write")) Files.writeString(file, page);

    assertThat(file).as("run: ./dev docs").exists();
    assertThat(Files.readString(file)).as("stale; run: ./dev docs").isEqualTo(page);
  }

  private static String page() throws IOException {
    Map<String, List<String>> tests = tests();
    StringBuilder page =
        new StringBuilder(
            """
            # MQTT conformance

            Every numbered statement of MQTT 3.1.1 and 5.0, what it asks in short, and the test that
            shows it for the broker. Each test runs over TCP and over WebSocket, sends bytes that it
            builds itself and reads what comes back without the broker's codec; every packet it reads
            is checked against the standard's format and reason codes besides.

            This page is written from the annotations of the tests: `./dev docs`.
            """);
    for (String version : List.of("3.1.1", "5.0")) {
      List<Row> rows = rows().stream().filter(row -> row.version.equals(version)).toList();
      long tested = rows.stream().filter(row -> tests.containsKey(row.key())).count();
      page.append("\n## MQTT ").append(version).append("\n\n");
      page.append(tested).append(" of ").append(rows.size()).append(" statements have a test; ");
      page.append(rows.stream().filter(row -> row.applies.equals("client")).count());
      page.append(" bind clients only.\n\n| statement | in short | shown by |\n|---|---|---|\n");
      for (Row row : rows) {
        List<String> by = tests.getOrDefault(row.key(), List.of());
        page.append("| MQTT-").append(row.id).append(" | ").append(row.summary.replace("|", "\\|"));
        page.append(" | ").append(by.isEmpty() ? "no test: " + row.reason : String.join(", ", by));
        page.append(" |\n");
      }
    }
    return page.toString();
  }

  /** Version and id → the tests, in the order of the suites. */
  private static Map<String, List<String>> tests() {
    Map<String, List<String>> tests = new LinkedHashMap<>();
    for (Class<?> suite : SUITES) {
      for (Method method : suite.getDeclaredMethods()) {
        Statement statement = method.getAnnotation(Statement.class);
        if (statement == null) continue;
        String name = "`" + suite.getSimpleName() + "." + method.getName() + "`";
        for (String id : statement.v3())
          tests.computeIfAbsent("3.1.1 " + id, _ -> new ArrayList<>()).add(name);
        for (String id : statement.v5())
          tests.computeIfAbsent("5.0 " + id, _ -> new ArrayList<>()).add(name);
      }
    }
    tests.values().forEach(names -> names.sort(null)); // reflection keeps no order
    return tests;
  }

  private static List<Row> rows() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            MqttConformanceTest.class.getResourceAsStream("/mqtt/statements.tsv"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .skip(1)
          .map(line -> line.split("\t", -1))
          .map(cells -> new Row(cells[0], cells[1], cells[2], cells[3], cells[4]))
          .toList();
    }
  }

  private static Path root() {
    Path here = Path.of("").toAbsolutePath();
    return Files.exists(here.resolve("fairlead-core")) ? here : here.getParent();
  }
}
