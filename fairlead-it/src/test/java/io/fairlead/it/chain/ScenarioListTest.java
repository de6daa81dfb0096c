package io.fairlead.it.chain;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
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
 * What a node may do to us has numbers: faults of a scripted one (f1 to f31), scenes with a real
 * one (r1 to r14), and scenes of a list on a chain (A to N). Each has a test whose name begins with
 * its number, in whichever module.
 */
class ScenarioListTest {
  private static final Pattern TEST = Pattern.compile("@(?:Test|ParameterizedTest)\\b");
  private static final Pattern NAME = Pattern.compile("void (\\w+)\\(");
  private static final Pattern NUMBERED = Pattern.compile("([fr][0-9]+)[A-Z].*");
  private static final Pattern LETTERED =
      Pattern.compile("scenario((?:[A-N][1-3]?And)*[A-N][1-3]?)[A-Z].*");

  private final String sources = sources();

  private static String sources() {
    StringBuilder all = new StringBuilder();
    Path root = Path.of("").toAbsolutePath();
    while (!Files.exists(root.resolve("fairlead-it"))) root = root.getParent();
    for (String module :
        Set.of("fairlead-it", "fairlead-pubsub", "fairlead-registry", "fairlead-registry-evm")) {
      try (Stream<Path> files = Files.walk(root.resolve(module + "/src/test/java"))) {
        for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList())
          all.append(Files.readString(file));
      } catch (IOException failure) {
        throw new AssertionError(failure);
      }
    }
    return all.toString();
  }

  private Set<String> found(Pattern pattern) {
    Set<String> found = new TreeSet<>();
    Matcher test = TEST.matcher(sources);
    Matcher name = NAME.matcher(sources);
    while (test.find() && name.find(test.end())) {
      Matcher known = pattern.matcher(name.group(1));
      if (known.matches()) found.addAll(Set.of(known.group(1).split("And")));
    }
    return found;
  }

  @Test
  void everyFaultAndEverySceneHasItsTest() {
    Set<String> wanted = new TreeSet<>();
    IntStream.rangeClosed(1, 31).forEach(i -> wanted.add("f" + i));
    IntStream.rangeClosed(1, 14).forEach(i -> wanted.add("r" + i));
    assertThat(found(NUMBERED)).isEqualTo(wanted);
  }

  @Test
  void everySceneOfAListHasItsTest() {
    assertThat(found(LETTERED))
        .containsExactly(
            "A", "B1", "B2", "C", "D1", "D2", "D3", "E", "F", "G", "H", "I", "J", "K", "L", "M",
            "N");
  }
}
