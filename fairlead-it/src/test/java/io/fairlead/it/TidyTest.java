package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the sources themselves must keep to. */
class TidyTest {
  private static final int LINES_MAX = 600;

  @Test
  void everyPackageHasAMapAndIsNullMarked() {
    List<String> missing = new ArrayList<>();
    for (Path directory : mainDirectories()) {
      Path map = directory.resolve("package-info.java");
      if (!Files.exists(map)) missing.add(directory + ": no package-info.java");
      else if (!text(map).contains("@NullMarked")) missing.add(map + ": no @NullMarked");
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void noSourceIsLongerThanAReaderCanHold() {
    assertThat(
            sources("src/main/java")
                .filter(file -> text(file).lines().count() > LINES_MAX)
                .map(Path::toString))
        .isEmpty();
  }

  @Test
  void gatewayIsTheWholeProgramOnAFewScreens() {
    Path gateway =
        sources("src/main/java")
            .filter(file -> file.endsWith("app/Gateway.java"))
            .findFirst()
            .orElseThrow();
    assertThat(text(gateway).lines().count()).isLessThanOrEqualTo(340);
  }

  @Test
  void noUnfinishedWorkIsLeftInTheSources() {
    assertThat(offenders("src/main/java", Pattern.compile("\\b(TODO|FIXME|XXX)\\b"))).isEmpty();
  }

  @Test
  void noTestSleepsOrIsSwitchedOff() {
    assertThat(offenders("src/test/java", Pattern.compile("Thread\\.sle" + "ep\\(|@Dis" + "abled")))
        .isEmpty();
  }

  @Test
  void noCatchBlockIsEmptyWithoutAReason() {
    assertThat(offenders("src/main/java", Pattern.compile("catch \\([^)]*\\) *\\{ *\\}")))
        .isEmpty();
  }

  private static List<String> offenders(String tree, Pattern pattern) {
    return sources(tree)
        .filter(file -> pattern.matcher(text(file)).find())
        .map(Path::toString)
        .toList();
  }

  private static List<Path> mainDirectories() {
    return sources("src/main/java").map(Path::getParent).distinct().sorted().toList();
  }

  private static Stream<Path> sources(String tree) {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> modules = Files.list(root())) {
      for (Path module :
          modules.filter(path -> path.getFileName().toString().startsWith("fairlead-")).toList()) {
        Path start = module.resolve(tree);
        if (!Files.isDirectory(start)) continue;
        try (Stream<Path> files = Files.walk(start)) {
          files.filter(file -> file.toString().endsWith(".java")).forEach(found::add);
        }
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    assertThat(found).as("sources found").isNotEmpty();
    return found.stream();
  }

  private static Path root() {
    Path here = Path.of("").toAbsolutePath();
    return Files.exists(here.resolve("fairlead-core")) ? here : here.getParent();
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
