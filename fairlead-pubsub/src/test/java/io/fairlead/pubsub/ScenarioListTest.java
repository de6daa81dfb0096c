package io.fairlead.pubsub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Faults of a scripted node (f1 to f31) and scenes with a real one (r1 to r14) have numbers; each
 * has a test whose name begins with its number. Scene 12, through the gateway's broker, is in
 * another module.
 */
class ScenarioListTest {
  private static final Pattern NUMBERED = Pattern.compile("([fr][0-9]+)[A-Z].*");

  @Test
  void everyNumberHasItsTest() throws Exception {
    Set<String> found = new TreeSet<>();
    Path classes =
        Path.of(getClass().getProtectionDomain().getCodeSource().getLocation().toURI())
            .resolve("io/fairlead/pubsub");
    try (Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(each -> each.toString().endsWith("Test.class")).toList()) {
        collect(classes, file, found);
      }
    }
    assertThat(found).containsAll(IntStream.rangeClosed(1, 31).mapToObj(i -> "f" + i).toList());
    assertThat(found)
        .containsAll(
            IntStream.rangeClosed(1, 14).filter(i -> i != 12).mapToObj(i -> "r" + i).toList());
  }

  private static void collect(Path classes, Path file, Set<String> found)
      throws IOException, ClassNotFoundException {
    String name = classes.relativize(file).toString().replace('/', '.');
    Class<?> test =
        Class.forName(
            "io.fairlead.pubsub." + name.substring(0, name.length() - ".class".length()),
            false,
            ScenarioListTest.class.getClassLoader());
    for (Method method : test.getDeclaredMethods()) {
      Matcher numbered = NUMBERED.matcher(method.getName());
      if (numbered.matches()) found.add(numbered.group(1));
    }
  }
}
