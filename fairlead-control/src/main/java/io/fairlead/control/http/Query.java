package io.fairlead.control.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The parameters behind the question mark, decoded. Immutable. */
public final class Query {
  public static final Query NONE = new Query(Map.of());

  private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(ms|s|m|h|d)?");

  private final Map<String, String> values;

  private Query(Map<String, String> values) {
    this.values = values;
  }

  /**
   * @param raw after the {@code ?}, possibly empty
   * @throws BadRequestException broken encoding, or a name twice
   */
  public static Query parse(String raw) throws BadRequestException {
    if (raw.isEmpty()) return NONE;
    Map<String, String> values = new LinkedHashMap<>();
    for (String pair : raw.split("&", -1)) {
      if (pair.isEmpty()) continue;
      int equals = pair.indexOf('=');
      String name = decode(equals < 0 ? pair : pair.substring(0, equals));
      String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
      if (values.put(name, value) != null) {
        throw bad("parameter given twice: " + name);
      }
    }
    return new Query(values);
  }

  /** A value, not empty. */
  public Optional<String> text(String name) {
    return Optional.ofNullable(values.get(name)).filter(value -> !value.isEmpty());
  }

  /** Present alone, or as {@code 1} or {@code true}. */
  boolean flag(String name) throws BadRequestException {
    String value = values.get(name);
    if (value == null) return false;
    return switch (value) {
      case "", "1", "true" -> true;
      case "0", "false" -> false;
      default -> throw bad(name + ": " + value + " (expected: 1 or 0)");
    };
  }

  long number(String name, long min, long max, long otherwise) throws BadRequestException {
    Optional<String> value = text(name);
    if (value.isEmpty()) return otherwise;
    try {
      long number = Long.parseLong(value.get());
      if (number >= min && number <= max) return number;
    } catch (NumberFormatException notANumber) {
      // Told below, with the bounds.
    }
    throw bad(name + ": " + value.get() + " (expected: " + min + " to " + max + ")");
  }

  /** A duration such as {@code 30s}; a bare number is seconds. */
  public Optional<Duration> duration(String name) throws BadRequestException {
    Optional<String> value = text(name);
    return value.isEmpty() ? Optional.empty() : Optional.of(duration(name, value.get()));
  }

  /** A duration such as {@code 30s}; a bare number is seconds. */
  static Duration duration(String name, String text) throws BadRequestException {
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) throw bad(name + ": " + text + " (expected: like 30s, 5m, 1h)");
    long count = Long.parseLong(matcher.group(1));
    String unit = matcher.group(2);
    return switch (unit == null ? "s" : unit) {
      case "ms" -> Duration.ofMillis(count);
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      case "d" -> Duration.ofDays(count);
      default -> Duration.ofSeconds(count);
    };
  }

  /**
   * @throws BadRequestException a name that is not among those
   */
  public void allowOnly(Set<String> known) throws BadRequestException {
    for (String name : values.keySet()) {
      if (!known.contains(name)) {
        throw bad("unknown parameter: " + name + " (known: " + String.join(", ", known) + ")");
      }
    }
  }

  private static String decode(String text) throws BadRequestException {
    try {
      return URLDecoder.decode(text, UTF_8);
    } catch (IllegalArgumentException broken) {
      throw bad("broken percent encoding");
    }
  }

  private static BadRequestException bad(String message) {
    return new BadRequestException(400, "bad_query", message);
  }
}
