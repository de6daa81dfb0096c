package io.fairlead.core.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a configuration may draw from outside its own text. */
public interface Environment {
  /** The value of an environment variable. */
  Optional<String> variable(String name);

  /**
   * The content of a file.
   *
   * @param maxBytes a larger file is an {@link IOException}
   * @throws CharacterCodingException not UTF-8
   * @throws IOException missing, unreadable or too large; the message says which, without content
   */
  Content read(Path file, int maxBytes) throws IOException;

  /** The folder of service credentials ({@code $CREDENTIALS_DIRECTORY}), when there is one. */
  Optional<Path> credentialsDir();

  /**
   * Files matching {@code pattern} below {@code baseDir}, sorted by name; a pattern without
   * wildcards is that file, whether it exists or not.
   */
  List<Path> matching(Path baseDir, String pattern) throws IOException;

  /**
   * What a file held.
   *
   * @param text decoded
   * @param open whether group or others may read the file
   */
  record Content(String text, boolean open) {}

  /** This process: its variables, its files. */
  static Environment ofProcess() {
    return new ProcessEnvironment(System.getenv());
  }

  /** Files of this machine, but these variables instead of the process's. */
  static Environment withVariables(Map<String, String> variables) {
    return new ProcessEnvironment(variables);
  }
}
