package io.fairlead.core.config;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.Optional;

/**
 * A name of an include: one file, or a pattern below a folder.
 *
 * @param start the file itself, or the folder of the pattern's fixed part
 * @param rest matches what is below {@code start}; empty for one file
 */
record FilePattern(Path start, Optional<PathMatcher> rest) {
  /** Reads {@code conf.d/*.yaml}, relative to {@code baseDir}. */
  static FilePattern of(Path baseDir, String pattern) {
    if (!wild(pattern)) {
      return new FilePattern(baseDir.resolve(pattern).normalize(), Optional.empty());
    }
    int fixed = 0;
    String[] parts = pattern.split("/", -1);
    while (fixed < parts.length - 1 && !wild(parts[fixed])) fixed++;
    Path start = baseDir.resolve(String.join("/", List.of(parts).subList(0, fixed))).normalize();
    if (pattern.startsWith("/") && fixed == 1) start = Path.of("/");
    String rest = String.join("/", List.of(parts).subList(fixed, parts.length));
    return new FilePattern(
        start, Optional.of(FileSystems.getDefault().getPathMatcher("glob:" + rest)));
  }

  boolean matches(Path file) {
    if (rest.isEmpty()) return file.equals(start);
    return file.startsWith(start) && rest.get().matches(start.relativize(file));
  }

  /** Where to look for a file that comes or goes. */
  Path folder() {
    if (rest.isPresent()) return start;
    Path parent = start.getParent();
    return parent == null ? start : parent;
  }

  private static boolean wild(String text) {
    return text.chars().anyMatch(c -> "*?[{".indexOf(c) >= 0);
  }
}
