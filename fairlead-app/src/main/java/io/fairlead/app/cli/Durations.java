package io.fairlead.app.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations of the command line, written as in the configuration: {@code 250ms 10s 5m 1h 7d}. */
final class Durations {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,9})(us|ms|s|m|h|d)");

  private Durations() {}

  static Optional<Duration> parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) return Optional.empty();
    long amount = Long.parseLong(matcher.group(1));
    return Optional.of(
        switch (matcher.group(2)) {
          case "us" -> Duration.ofNanos(amount * 1000);
          case "ms" -> Duration.ofMillis(amount);
          case "s" -> Duration.ofSeconds(amount);
          case "m" -> Duration.ofMinutes(amount);
          case "h" -> Duration.ofHours(amount);
          default -> Duration.ofDays(amount);
        });
  }

  /** {@code 3m12s}, {@code 5d2h}: the two largest units. */
  static String print(long seconds) {
    long days = seconds / 86_400;
    long hours = seconds / 3600 % 24;
    long minutes = seconds / 60 % 60;
    if (days > 0) return days + "d" + hours + "h";
    if (hours > 0) return hours + "h" + minutes + "m";
    if (minutes > 0) return minutes + "m" + seconds % 60 + "s";
    return seconds + "s";
  }
}
