package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** docs/mqtt-attacks.md names tests that exist and their bounds, and leaves no attack out. */
class MqttAttackListTest {
  private static final Pattern TEST = Pattern.compile("`([A-Z]\\w+)\\.(\\w+)`");
  private static final Pattern BOUND =
      Pattern.compile(
          "@CostsAtMost\\(processorMillis = ([0-9_]+), heapMebi = ([0-9]+)\\)\\s+void (\\w+)\\(");

  @Test
  void eachAttackHasTestsThatBoundWhatItCosts() throws IOException {
    List<String> rows =
        Files.readAllLines(root().resolve("docs/mqtt-attacks.md")).stream()
            .filter(line -> line.startsWith("| "))
            .skip(1) // what the columns are
            .toList();
    assertThat(rows).hasSizeGreaterThan(15);
    Map<String, String> sources = sources();
    for (String row : rows) {
      String[] cells = row.split("\\|");
      List<MatchResult> tests = TEST.matcher(cells[3]).results().toList();
      assertThat(tests).as(row).isNotEmpty();
      int seconds = 0;
      int mebi = 0;
      for (MatchResult test : tests) {
        MatchResult bound = bound(sources.getOrDefault(test.group(1), ""), test.group(2));
        assertThat(bound).as("the bound of " + test.group()).isNotNull();
        int millis = Integer.parseInt(bound.group(1).replace("_", ""));
        seconds = Math.max(seconds, Math.ceilDiv(millis, 1_000));
        mebi = Math.max(mebi, Integer.parseInt(bound.group(2)));
      }
      assertThat(cells[2].strip()).as(row).isEqualTo(seconds + " s, " + mebi + " MiB");
      for (MatchResult test : TEST.matcher(row).results().toList()) {
        assertThat(sources.getOrDefault(test.group(1), ""))
            .as(test.group())
            .contains("void " + test.group(2) + "(");
      }
    }
  }

  private static @Nullable MatchResult bound(String source, String test) {
    return BOUND
        .matcher(source)
        .results()
        .filter(bound -> bound.group(3).equals(test))
        .findFirst()
        .orElse(null);
  }

  @Test
  void eachTestOfAnAttackIsInTheList() throws IOException {
    String page = Files.readString(root().resolve("docs/mqtt-attacks.md"));
    TreeSet<String> missing = new TreeSet<>();
    for (var method : MqttAttackIT.class.getDeclaredMethods()) {
      if (!method.isAnnotationPresent(Test.class)) continue;
      if (!page.contains("MqttAttackIT." + method.getName() + "`")) missing.add(method.getName());
    }
    assertThat(missing).isEmpty();
  }

  private static Map<String, String> sources() throws IOException {
    Map<String, String> sources = new HashMap<>();
    try (Stream<Path> modules = Files.list(root())) {
      for (Path module : modules.toList()) {
        Path tests = module.resolve("src/test/java");
        if (!Files.isDirectory(tests)) continue;
        try (Stream<Path> files = Files.walk(tests)) {
          for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
            String name = file.getFileName().toString();
            sources.put(name.substring(0, name.length() - 5), Files.readString(file));
          }
        }
      }
    }
    return sources;
  }

  private static Path root() {
    Path at = Path.of("").toAbsolutePath();
    while (at != null && !Files.exists(at.resolve("docs/limits.md"))) at = at.getParent();
    if (at == null) throw new IllegalStateException("not within the project");
    return at;
  }
}
