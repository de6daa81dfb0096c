package io.fairlead.core.config;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** Everything one reading drew its text from, in the order it was read. One thread. */
final class SourceFiles {
  private final Map<String, String> texts = new LinkedHashMap<>();
  private final Map<String, Path> baseDirs = new LinkedHashMap<>();
  private final Map<String, Path> files = new LinkedHashMap<>();
  private final Set<Path> includeFolders = new LinkedHashSet<>();

  void text(String name, String text) {
    // Two edits at one path share a name; the digest must still see both.
    texts.merge(name, text, (one, other) -> one + "\n" + other);
  }

  void folder(String name, Path baseDir) {
    baseDirs.put(name, baseDir);
  }

  void file(String name, Path file) {
    files.put(name, file);
  }

  /** A folder in which a file may turn up that an include then matches. */
  void includeFolder(Path folder) {
    includeFolders.add(folder);
  }

  Map<String, String> texts() {
    return texts;
  }

  Map<String, Path> baseDirs() {
    return baseDirs;
  }

  Map<String, Path> files() {
    return files;
  }

  Set<Path> includeFolders() {
    return includeFolders;
  }
}
