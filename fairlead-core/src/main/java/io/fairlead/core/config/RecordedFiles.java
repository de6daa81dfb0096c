package io.fairlead.core.config;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An environment in which the files of a configuration are those of an earlier time; everything
 * else (variables, secrets, credentials) is as it is now. Thread-safe when what it wraps is.
 */
public final class RecordedFiles implements Environment {
  private final Environment now;
  private final Map<Path, String> texts;

  /**
   * @param texts the included files, by absolute path
   */
  public RecordedFiles(Environment now, Map<Path, String> texts) {
    this.now = now;
    this.texts = Map.copyOf(texts);
  }

  @Override
  public Optional<String> variable(String name) {
    return now.variable(name);
  }

  @Override
  public Content read(Path file, int maxBytes) throws IOException {
    String text = texts.get(file);
    return text == null ? now.read(file, maxBytes) : new Content(text, false);
  }

  @Override
  public Optional<Path> credentialsDir() {
    return now.credentialsDir();
  }

  /** Only what was recorded: a file that turned up since then was no part of it. */
  @Override
  public List<Path> matching(Path baseDir, String pattern) {
    FilePattern wanted = FilePattern.of(baseDir, pattern);
    return texts.keySet().stream().filter(wanted::matches).sorted().toList();
  }
}
