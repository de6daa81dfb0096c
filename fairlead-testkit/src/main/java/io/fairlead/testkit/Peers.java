package io.fairlead.testkit;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * Programs of others that tests talk with. Where one is missing its tests are skipped with a line
 * that names it; with {@code FAIRLEAD_PEERS=required} in the environment they fail instead.
 */
public final class Peers {
  private static final String VARIABLE = "FAIRLEAD_PEERS";

  private Peers() {}

  /** The program's path, or the end of the test. */
  public static Path require(String program) {
    return require(program, find(program));
  }

  /**
   * What was found of something that others make, or the end of the test.
   *
   * @param name for the line that says that it is missing
   */
  public static <T> T require(String name, Optional<T> found) {
    if (found.isPresent()) return found.get();
    return lacking("peer program missing: " + name);
  }

  /**
   * Ends the test, since the machine lacks what it needs.
   *
   * @return never
   */
  public static <T> T lacking(String what) {
    if ("required".equals(System.getenv(VARIABLE))) return Assertions.fail(what);
    System.out.println("SKIPPED: " + what + " (" + VARIABLE + "=required makes this a failure)");
    Assumptions.abort(what);
    throw new AssertionError(what);
  }

  /** The program on {@code PATH} or where servers are installed. */
  public static Optional<Path> find(String program) {
    String path = System.getenv("PATH");
    String places = (path == null ? "" : path + File.pathSeparator) + "/usr/sbin:/usr/local/sbin";
    for (String place : places.split(File.pathSeparator, -1)) {
      if (place.isEmpty()) continue;
      Path candidate = Path.of(place, program);
      if (Files.isExecutable(candidate) && !Files.isDirectory(candidate)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }
}
