package io.fairlead.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.config.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DiagnosticCodesTest {
  private static final Pattern LITERAL = Pattern.compile("\"([FW][0-9]{4})\"");

  @Test
  void everyCodeInTheSourcesHasAHelpPage() throws IOException {
    Set<String> used = new TreeSet<>();
    for (Path source : sources()) {
      Matcher matcher = LITERAL.matcher(Files.readString(source));
      while (matcher.find()) used.add(matcher.group(1));
    }
    List<String> documented = DiagnosticCodes.all().stream().map(Code::id).toList();
    assertThat(used).isNotEmpty();
    assertThat(documented).containsAll(used);
  }

  @Test
  void noCodeHasTwoMeanings() {
    assertThat(DiagnosticCodes.all().stream().map(Code::id)).doesNotHaveDuplicates();
  }

  private static List<Path> sources() throws IOException {
    Path here = Path.of("").toAbsolutePath();
    Path root = Files.exists(here.resolve("fairlead-core")) ? here : here.getParent();
    try (Stream<Path> modules = Files.list(root)) {
      List<Path> trees =
          modules
              .map(module -> module.resolve("src/main/java"))
              .filter(Files::isDirectory)
              .toList();
      Stream<Path> all = Stream.empty();
      for (Path tree : trees) {
        try (Stream<Path> files = Files.walk(tree)) {
          all =
              Stream.concat(
                  all, files.filter(f -> f.toString().endsWith(".java")).toList().stream());
        }
      }
      return all.toList();
    }
  }
}
