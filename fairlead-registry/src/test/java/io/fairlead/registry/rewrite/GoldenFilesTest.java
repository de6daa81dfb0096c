package io.fairlead.registry.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Files as operators write them. The first line of each says what is asked for; below it, {@code
 * {{-…-}}} must go, {@code {{+…+}}} must come, and every other byte must stay.
 */
class GoldenFilesTest {
  private static final Path FOLDER = Path.of("src/test/resources/rewrite");
  private static final Pattern GONE = Pattern.compile("\\{\\{-(.*?)-}}", Pattern.DOTALL);
  private static final Pattern COME = Pattern.compile("\\{\\{\\+(.*?)\\+}}", Pattern.DOTALL);
  private static final Pattern HEAD =
      Pattern.compile(
          "#! (\\S+|/a/b c/peers)(?: remove ((?:(?!add|:)\\S+ ?)+))?(?: ?add (\\S+))?"
              + "(?: become (\\S+) -> (\\S+))?(?: ?: (\\w+))?");

  static List<Path> files() throws IOException {
    Path folder =
        Files.isDirectory(FOLDER) ? FOLDER : Path.of("../fairlead-registry").resolve(FOLDER);
    try (Stream<Path> found = Files.list(folder)) {
      return found.sorted().toList();
    }
  }

  private record Case(
      String before,
      String after,
      String pointer,
      List<String> remove,
      Optional<String> add,
      Optional<String> becomes,
      Optional<String> becoming) {}

  @Test
  void thereAreAtLeastFifty() throws IOException {
    assertThat(files()).hasSizeGreaterThanOrEqualTo(50);
  }

  @ParameterizedTest
  @MethodSource("files")
  void scenarioKOnlyTheMarkedBytesChange(Path file) throws Exception {
    Case golden = read(file);
    ListEdit edit = open(file, golden, golden.before(), ListMemory.none());
    ListEdit.Result result = edit.apply(wanted(golden, edit), golden.add().stream().toList());
    assertThat(result.text()).isEqualTo(golden.after());
  }

  @ParameterizedTest
  @MethodSource("files")
  void whatReturnsHasItsOldTextAndPlace(Path file) throws Exception {
    Case golden = read(file);
    if (golden.add().isPresent()) return;
    ListEdit edit = open(file, golden, golden.before(), ListMemory.none());
    ListMemory memory = edit.apply(wanted(golden, edit), List.of()).memory();
    ListEdit again = open(file, golden, golden.after(), memory);
    List<Optional<String>> all =
        again.entries().stream().map(entry -> Optional.of(entry.original())).toList();
    ListEdit.Result result = again.apply(all, List.of());
    assertThat(result.text()).isEqualTo(golden.before());
    assertThat(result.memory().empty()).isTrue();
  }

  private static List<Optional<String>> wanted(Case golden, ListEdit edit) {
    List<Optional<String>> wanted = new ArrayList<>();
    for (ListMemory.Entry entry : edit.entries()) {
      if (golden.remove().contains(entry.original())) wanted.add(Optional.empty());
      else if (golden.becomes().equals(Optional.of(entry.original())))
        wanted.add(golden.becoming());
      else wanted.add(Optional.of(entry.original()));
    }
    return wanted;
  }

  private static ListEdit open(Path file, Case golden, String text, ListMemory memory)
      throws UneditableException {
    return ListEdit.open(text, TextFormat.ofName(file).orElseThrow(), golden.pointer(), memory);
  }

  private static Case read(Path file) throws IOException {
    String all = Files.readString(file, StandardCharsets.UTF_8);
    int line = all.indexOf('\n');
    Matcher head = HEAD.matcher(all.substring(0, line));
    assertThat(head.matches()).as("%s: first line", file).isTrue();
    String body = all.substring(line + 1);
    String mode = Optional.ofNullable(head.group(6)).orElse("");
    String before = form(GONE.matcher(COME.matcher(body).replaceAll("")).replaceAll("$1"), mode);
    String after = form(COME.matcher(GONE.matcher(body).replaceAll("")).replaceAll("$1"), mode);
    assertThat(before).as("%s: nothing marked", file).isNotEqualTo(after);
    String pointer = head.group(1).equals("\"\"") ? "" : head.group(1);
    List<String> remove =
        head.group(2) == null ? List.of() : List.of(head.group(2).strip().split(" "));
    return new Case(
        before,
        after,
        pointer,
        remove,
        Optional.ofNullable(head.group(3)),
        Optional.ofNullable(head.group(4)),
        Optional.ofNullable(head.group(5)));
  }

  private static String form(String text, String mode) {
    return switch (mode) {
      case "crlf" -> text.replace("\n", "\r\n");
      case "chop" -> text.substring(0, text.length() - 1);
      default -> text;
    };
  }
}
