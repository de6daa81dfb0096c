package io.fairlead.app.cli;

import io.fairlead.app.StandardStreams;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The two streams of the process and what stands behind them.
 *
 * @param out data; buffered, flushed by {@link #finish}
 * @param err messages
 * @param outTty whether {@code out} is a terminal
 * @param errTty whether {@code err} is a terminal
 * @param utf8 whether glyphs beyond ASCII may be shown
 */
record Terminal(PrintStream out, PrintStream err, boolean outTty, boolean errTty, boolean utf8) {
  private static final int BUFFER_BYTES = 8192;

  /** Of this process. */
  static Terminal ofProcess(Map<String, String> environment) {
    PrintStream out =
        new PrintStream(
            new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), BUFFER_BYTES),
            false,
            StandardCharsets.UTF_8);
    PrintStream err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    return new Terminal(
        out,
        err,
        StandardStreams.isTerminal(StandardStreams.OUT),
        StandardStreams.isTerminal(StandardStreams.ERR),
        isUtf8(environment));
  }

  void data(String line) {
    out.println(line);
  }

  void say(String line) {
    err.println(utf8 ? line : ascii(line));
  }

  /**
   * Flushes.
   *
   * @return false when a reader of the data left before its end
   */
  boolean finish() {
    err.flush();
    return !out.checkError();
  }

  private static String ascii(String line) {
    return line.replace("→", "->").replace("—", "-").replace("…", "...").replace("≥", ">=");
  }

  /**
   * Locale variables in the order POSIX gives them; a locale that names no charset is not UTF-8.
   */
  private static boolean isUtf8(Map<String, String> environment) {
    for (String name : List.of("LC_ALL", "LC_CTYPE", "LANG")) {
      String value = environment.getOrDefault(name, "");
      if (!value.isEmpty()) {
        String plain = value.toLowerCase(Locale.ROOT).replace("-", "");
        return plain.contains("utf8");
      }
    }
    return false;
  }
}
