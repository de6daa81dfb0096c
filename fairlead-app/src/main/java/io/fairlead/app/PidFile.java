package io.fairlead.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Tells others the id of the process that serves: this one, until a successor writes its own. */
final class PidFile {
  private final Path path;
  private final String line = ProcessHandle.current().pid() + "\n";

  PidFile(Path path) {
    this.path = path;
  }

  /** Writes it whole or not at all. */
  void write() throws IOException {
    Path draft = path.resolveSibling(path.getFileName() + ".new");
    Files.writeString(draft, line);
    Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Removes it, if it is still about us. */
  void remove() throws IOException {
    try {
      if (Files.readString(path).equals(line)) Files.deleteIfExists(path);
    } catch (NoSuchFileException _) {
      // Somebody tidied up before us.
    }
  }
}
