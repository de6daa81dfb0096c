package io.fairlead.app.convert;

import io.fairlead.core.config.ConfigSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How files are reached that a converted one names. */
public sealed interface Includes {
  /** Reads them, from the machine the program runs on. */
  record Follow() implements Includes {}

  /** Names them in remarks: the text came from elsewhere. */
  record Never() implements Includes {}

  /** Bytes of one file. */
  int FILE_BYTES_MAX = 4 * 1024 * 1024;

  /**
   * The files of a name or a pattern, in order.
   *
   * @throws IOException a file that is named outright cannot be read, or is too large
   */
  static List<ConfigSource> read(String pattern, Path baseDir) throws IOException {
    Path path = baseDir.resolve(pattern).normalize();
    Path parent = path.getParent();
    Path name = path.getFileName();
    if (parent == null || name == null) throw new IOException(pattern + " is a folder");
    List<Path> files = new ArrayList<>();
    if (name.toString().matches(".*[*?\\[].*")) {
      if (!Files.isDirectory(parent)) return List.of();
      try (DirectoryStream<Path> found = Files.newDirectoryStream(parent, name.toString())) {
        for (Path file : found) if (Files.isRegularFile(file)) files.add(file);
      }
      files.sort(null);
    } else {
      files.add(path);
    }
    List<ConfigSource> sources = new ArrayList<>();
    for (Path file : files) {
      try (var in = Files.newInputStream(file)) {
        byte[] bytes = in.readNBytes(FILE_BYTES_MAX + 1);
        if (bytes.length > FILE_BYTES_MAX) throw new IOException(file + " is larger than 4 MiB");
        sources.add(
            new ConfigSource(
                shown(file, baseDir), new String(bytes, StandardCharsets.UTF_8), parent));
      }
    }
    return sources;
  }

  private static String shown(Path file, Path baseDir) {
    return file.startsWith(baseDir) ? baseDir.relativize(file).toString() : file.toString();
  }
}
