package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.app.Main;
import io.fairlead.core.config.Code;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the documents say works: commands parse, files exist, codes are explained. */
class DocsTest {
  private static final int OK = 0;
  private static final Pattern BLOCK =
      Pattern.compile("^```(\\w+)\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);
  private static final Pattern SPAN = Pattern.compile("`((?:\\./)?fairlead [^`\\n]+)`");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern MENTION = Pattern.compile("\\b[FW][0-9]{4}\\b");
  private static final Pattern LITERAL = Pattern.compile("\"([FW][0-9]{4})\"");

  @TempDir Path dir;

  @ParameterizedTest
  @MethodSource("commandLines")
  void everyCommandLineIsKnownToTheCommandLine(String line) {
    List<String> words = new ArrayList<>(Arrays.asList(line.split(" +")));
    words.add("--help");
    CommandLine.Outcome outcome = CommandLine.run(dir, words.toArray(String[]::new));
    assertThat(outcome.exit()).as("%s%n%s", line, outcome.err()).isEqualTo(OK);
  }

  @Test
  void aCommandLineNobodyKnowsWouldBeFound() {
    for (String line : List.of("rum --help", "run --chek --help", "config shw --help")) {
      assertThat(CommandLine.run(dir, line.split(" ")).exit()).as(line).isNotEqualTo(OK);
    }
  }

  @Test
  void everyWholeConfigurationIsValid() throws IOException {
    List<String> texts = new ArrayList<>(blocks("yaml"));
    texts.removeIf(text -> !text.stripLeading().startsWith("version: 1"));
    try (Stream<Path> examples = Files.list(GoodConfigs.root().resolve("examples"))) {
      examples
          .filter(file -> file.toString().endsWith(".yaml"))
          .map(DocsTest::text)
          .forEach(texts::add);
    }
    assertThat(texts).isNotEmpty();
    for (String text : texts) assertValid(text);
  }

  @Test
  void theRouteOfTheQuickstartFitsWhereItSays() throws IOException {
    String quickstart = GoodConfigs.texts().get("quickstart.yaml");
    List<String> routes =
        blocks("yaml").stream().filter(text -> text.startsWith("      - { id:")).toList();
    assertThat(routes).isNotEmpty();
    for (String route : routes) {
      assertValid(quickstart.replace("    routes:\n", "    routes:\n" + route));
    }
  }

  @ParameterizedTest
  @MethodSource("documents")
  void everyLinkLeadsToAFile(Path document) {
    assertThat(LINK.matcher(text(document)).results().map(found -> found.group(1)))
        .filteredOn(target -> !target.matches("[a-z]+:.*|#.*"))
        .allSatisfy(
            target -> {
              Path file = document.resolveSibling(target.replaceFirst("#.*", ""));
              assertThat(file).exists();
            });
  }

  @Test
  void everyCodeOfTheSourcesHasItsHelp() {
    Set<String> written = new TreeSet<>();
    for (Path source : mainSources()) {
      LITERAL.matcher(text(source)).results().map(found -> found.group(1)).forEach(written::add);
    }
    List<String> listed = codes().map(Code::id).toList();
    assertThat(listed).doesNotHaveDuplicates();
    assertThat(written).containsExactlyInAnyOrderElementsOf(listed);
  }

  @Test
  void everyCodeIsWrittenOnce() {
    List<String> written = new ArrayList<>();
    for (Path source : mainSources()) {
      LITERAL.matcher(text(source)).results().map(found -> found.group(1)).forEach(written::add);
    }
    assertThat(written).isNotEmpty().doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @MethodSource("codes")
  void helpTellsWhatACodeMeans(Code code) {
    CommandLine.Outcome help = CommandLine.run(dir, "help", code.id());
    assertThat(help.exit()).isEqualTo(OK);
    assertThat(help.out()).contains(code.title()).contains("wrong:").contains("right:");
    assertThat(code.wrong()).isNotEqualTo(code.right());
  }

  @Test
  void documentsNameKnownCodesOnly() {
    Set<String> known = new TreeSet<>(codes().map(Code::id).toList());
    Set<String> named = new TreeSet<>();
    for (Path document : documents().toList()) {
      MENTION.matcher(text(document)).results().map(MatchResult::group).forEach(named::add);
    }
    assertThat(named).isNotEmpty().isSubsetOf(known);
  }

  private void assertValid(String text) throws IOException {
    Path file = dir.resolve("fairlead.yaml");
    Files.writeString(file, text);
    CommandLine.Outcome outcome = CommandLine.run(dir, "validate", "-c", file.toString());
    assertThat(outcome.exit()).as("%s%n%s", text, outcome.out()).isEqualTo(OK);
  }

  static Stream<Code> codes() {
    return Main.product().codes().stream();
  }

  /** README, the documents beside it and everything below docs. */
  static Stream<Path> documents() {
    List<Path> documents = new ArrayList<>();
    try (Stream<Path> beside = Files.list(GoodConfigs.root());
        Stream<Path> below = Files.walk(GoodConfigs.root().resolve("docs"))) {
      Stream.concat(beside, below)
          .filter(file -> file.toString().endsWith(".md"))
          .sorted()
          .forEach(documents::add);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    assertThat(documents).hasSizeGreaterThan(5);
    return documents.stream();
  }

  /** What follows the program's name, in shell blocks and in running text. */
  static Stream<String> commandLines() {
    List<String> lines = new ArrayList<>();
    for (String block : blocks("sh")) {
      block
          .lines()
          .map(line -> line.replaceFirst("(^| )#.*", ""))
          .flatMap(line -> Arrays.stream(line.split("&&|\\||;|>")))
          .map(String::strip)
          .filter(line -> line.matches("(\\./)?fairlead( .*)?"))
          .forEach(lines::add);
    }
    for (Path document : documents().toList()) {
      SPAN.matcher(text(document)).results().map(found -> found.group(1)).forEach(lines::add);
    }
    assertThat(lines).hasSizeGreaterThan(10);
    return lines.stream().map(line -> line.replaceFirst("^\\S+ *", "")).distinct();
  }

  private static List<String> blocks(String language) {
    return documents()
        .flatMap(file -> BLOCK.matcher(text(file)).results())
        .filter(found -> found.group(1).equals(language))
        .map(found -> found.group(2))
        .toList();
  }

  private static List<Path> mainSources() {
    try (Stream<Path> files = Files.walk(GoodConfigs.root())) {
      return files
          .filter(file -> file.toString().contains("/src/main/java/"))
          .filter(file -> file.toString().endsWith(".java"))
          .toList();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
