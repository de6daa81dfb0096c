package io.fairlead.app.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Variables from a {@code .env} file, as {@code manage --compat} takes them. */
final class DotEnv {
  private static final int BYTES_MAX = 64 * 1024;
  private static final Pattern LINE =
      Pattern.compile("\\s*(?:export\\s+)?([A-Za-z_][A-Za-z0-9_.]*)\\s*=\\s*(.*?)\\s*");
  private static final Pattern SINGLE = Pattern.compile("'([^']*)'\\s*(#.*)?");
  private static final Pattern DOUBLE = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"\\s*(#.*)?");

  private DotEnv() {}

  /**
   * The environment with those of the nearest {@code .env}, from {@code folder} upwards. What is
   * set already stays; a line that is none ends the file, and no error is one.
   */
  static Map<String, String> over(Map<String, String> environment, Path folder) {
    Map<String, String> all = new HashMap<>(environment);
    for (Path at = folder.toAbsolutePath(); at != null; at = at.getParent()) {
      Path file = at.resolve(".env");
      if (!Files.isRegularFile(file)) continue;
      try {
        if (Files.size(file) <= BYTES_MAX) read(file, all);
      } catch (IOException unreadable) {
        // As the other program does: an unreadable file says nothing.
      }
      break;
    }
    return all;
  }

  private static void read(Path file, Map<String, String> into) throws IOException {
    String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    for (String line : text.lines().toList()) {
      if (line.isBlank() || line.stripLeading().startsWith("#")) continue;
      Matcher form = LINE.matcher(line);
      if (!form.matches()) return;
      into.putIfAbsent(form.group(1), unquoted(form.group(2)));
    }
  }

  private static String unquoted(String written) {
    Matcher single = SINGLE.matcher(written);
    if (single.matches()) return single.group(1);
    Matcher twice = DOUBLE.matcher(written);
    if (twice.matches()) {
      return twice
          .group(1)
          .replace("\\n", "\n")
          .replace("\\\"", "\"")
          .replace("\\$", "$")
          .replace("\\\\", "\\");
    }
    int comment = written.indexOf(" #");
    return (comment < 0 ? written : written.substring(0, comment)).strip();
  }
}
