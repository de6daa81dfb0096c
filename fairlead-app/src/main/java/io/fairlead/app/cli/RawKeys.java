package io.fairlead.app.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The keyboard, key by key, and the size of the terminal. The terminal is put back by {@link
 * #close}, and when the process is ended from outside. Used by one thread.
 */
final class RawKeys implements AutoCloseable {
  private final String saved;
  private final Thread hook = new Thread(this::restore, "terminal-restore");

  private RawKeys(String saved) {
    this.saved = saved;
  }

  /** Empty when standard input is not a terminal that {@code stty} can set. */
  static Optional<RawKeys> open() throws InterruptedException {
    Optional<String> saved = stty("-g");
    if (saved.isEmpty() || stty("-icanon", "-echo", "min", "0", "time", "0").isEmpty()) {
      return Optional.empty();
    }
    RawKeys keys = new RawKeys(saved.get());
    Runtime.getRuntime().addShutdownHook(keys.hook);
    return Optional.of(keys);
  }

  /** The next key that was pressed already. */
  Optional<Character> next() throws IOException {
    InputStream in = System.in;
    return in.available() > 0 ? Optional.of((char) in.read()) : Optional.empty();
  }

  /** Rows and columns; 24 × 80 when the terminal does not say. */
  static int[] size() throws InterruptedException {
    String[] words = stty("size").orElse("24 80").split(" ", 2);
    try {
      int rows = Integer.parseInt(words[0]);
      int columns = Integer.parseInt(words[1]);
      return new int[] {rows > 0 ? rows : 24, columns > 0 ? columns : 80};
    } catch (NumberFormatException strange) {
      return new int[] {24, 80};
    }
  }

  @Override
  public void close() {
    restore();
    Runtime.getRuntime().removeShutdownHook(hook);
  }

  private void restore() {
    try {
      stty(saved);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static Optional<String> stty(String... words) throws InterruptedException {
    String[] command = new String[words.length + 1];
    command[0] = "stty";
    System.arraycopy(words, 0, command, 1, words.length);
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectInput(ProcessBuilder.Redirect.INHERIT)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String out =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
      return process.waitFor() == 0 ? Optional.of(out) : Optional.empty();
    } catch (IOException missing) {
      return Optional.empty();
    }
  }
}
