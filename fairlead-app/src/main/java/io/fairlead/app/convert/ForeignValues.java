package io.fairlead.app.convert;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times and sizes as nginx and wmproxy write them, and as we do. */
final class ForeignValues {
  private static final Pattern TIME_PART = Pattern.compile("(\\d{1,12})(ms|s|m|h|d|w|M|y|)");
  private static final Pattern SIZE = Pattern.compile("(\\d{1,12})([kKmMgG]?)[bB]?");
  private static final long KIB = 1024;

  private ForeignValues() {}

  /** {@code 90}, {@code 90s} or {@code 1m30s} as {@code 90s}; empty for anything else. */
  static Optional<String> duration(String text) {
    return millis(text).map(ForeignValues::printed);
  }

  /** Seconds; empty for anything that is not a whole number of them. */
  static Optional<Long> seconds(String text) {
    return millis(text).filter(millis -> millis % 1000 == 0).map(millis -> millis / 1000);
  }

  static String printed(long millis) {
    return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
  }

  private static Optional<Long> millis(String text) {
    Matcher part = TIME_PART.matcher(text.replace(" ", ""));
    long sum = 0;
    int end = 0;
    while (end < text.length() && part.find(end) && part.start() == end) {
      long factor =
          switch (part.group(2)) {
            case "ms" -> 1;
            case "m" -> 60_000;
            case "h" -> 3_600_000;
            case "d" -> 86_400_000;
            case "w" -> 7 * 86_400_000L;
            case "M" -> 30 * 86_400_000L;
            case "y" -> 365 * 86_400_000L;
            default -> 1000;
          };
      sum += Long.parseLong(part.group(1)) * factor;
      end = part.end();
    }
    return end == text.length() && end > 0 && sum >= 0 ? Optional.of(sum) : Optional.empty();
  }

  /** {@code 8k} as {@code 8KiB}; empty for anything else. */
  static Optional<String> size(String text) {
    return bytes(text).map(ForeignValues::sized);
  }

  static Optional<Long> bytes(String text) {
    Matcher size = SIZE.matcher(text);
    if (!size.matches()) return Optional.empty();
    long factor =
        switch (size.group(2)) {
          case "k", "K" -> KIB;
          case "m", "M" -> KIB * KIB;
          case "g", "G" -> KIB * KIB * KIB;
          default -> 1;
        };
    return Optional.of(Long.parseLong(size.group(1)) * factor);
  }

  private static String sized(long bytes) {
    if (bytes > 0 && bytes % (KIB * KIB * KIB) == 0) return bytes / (KIB * KIB * KIB) + "GiB";
    if (bytes > 0 && bytes % (KIB * KIB) == 0) return bytes / (KIB * KIB) + "MiB";
    if (bytes > 0 && bytes % KIB == 0) return bytes / KIB + "KiB";
    return Long.toString(bytes);
  }
}
