package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.app.GatewayConfig;
import io.fairlead.core.config.Explain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What {@code docs/features.md} promises: its keys can be set, and its tests are there. */
class FeaturesTest {
  private static final Path PAGE = GoodConfigs.root().resolve("docs/features.md");
  private static final Pattern ROW = Pattern.compile("^\\| (.+) \\| (.+) \\| (.+) \\|$");
  private static final Pattern TEST = Pattern.compile("`(\\w+)#(\\w+)`");
  private static final Pattern KEY = Pattern.compile("`([a-z0-9_.A-Z\\[\\]]+)`");

  private record Row(String feature, String keys, String tests) {}

  private static List<Row> rows() throws IOException {
    return Files.readAllLines(PAGE).stream()
        .map(ROW::matcher)
        .filter(java.util.regex.Matcher::matches)
        .map(row -> new Row(row.group(1), row.group(2), row.group(3)))
        .filter(row -> !row.feature().equals("feature"))
        .toList();
  }

  @Test
  void everyFeatureNamesATestThatExists() throws IOException {
    Map<String, Path> sources = testSources();
    Map<String, String> missing = new TreeMap<>();
    for (Row row : rows()) {
      List<String[]> named =
          TEST.matcher(row.tests())
              .results()
              .map(found -> new String[] {found.group(1), found.group(2)})
              .toList();
      if (named.isEmpty()) missing.put(row.feature(), "no test");
      for (String[] test : named) {
        if (!isTest(sources.get(test[0]), test[1])) {
          missing.put(row.feature(), test[0] + "#" + test[1]);
        }
      }
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void everyKeyCanBeSetAndEveryRowSaysWhere() throws IOException {
    for (Row row : rows()) {
      assertThat(row.keys()).as(row.feature()).contains("`");
      assertThat(KEY.matcher(row.keys()).results().map(found -> found.group(1)))
          .as(row.feature())
          .allSatisfy(key -> assertThat(Explain.at(GatewayConfig.TYPE, key)).as(key).isPresent());
    }
  }

  /** So that a page that is empty, or of another form, is not taken for a good one. */
  @Test
  void thePageHasItsRows() throws IOException {
    assertThat(rows()).hasSizeGreaterThan(50);
    assertThat(Explain.at(GatewayConfig.TYPE, "forward.ID.nothing")).isEmpty();
    assertThat(isTest(testSources().get("FeaturesTest"), "thePageHasItsRows")).isTrue();
    assertThat(isTest(testSources().get("FeaturesTest"), "rows")).isFalse();
  }

  /** Whether that method carries an annotation that has it run. */
  private static boolean isTest(Path source, String method) throws IOException {
    if (source == null) return false;
    return Pattern.compile(
            "@(?:Test|ParameterizedTest|RepeatedTest)\\b(?:(?!\\n {2}\\}\\n).)*?\\n {2}void "
                + Pattern.quote(method)
                + "\\(",
            Pattern.DOTALL)
        .matcher(Files.readString(source))
        .find();
  }

  private static Map<String, Path> testSources() throws IOException {
    Map<String, Path> sources = new HashMap<>();
    try (Stream<Path> modules = Files.list(GoodConfigs.root())) {
      for (Path tests :
          modules
              .map(module -> module.resolve("src/test/java"))
              .filter(Files::isDirectory)
              .toList()) {
        try (Stream<Path> files = Files.walk(tests)) {
          files
              .filter(file -> file.toString().endsWith(".java"))
              .forEach(file -> sources.put(name(file), file));
        }
      }
    }
    return sources;
  }

  private static String name(Path file) {
    return file.getFileName().toString().replace(".java", "");
  }
}
