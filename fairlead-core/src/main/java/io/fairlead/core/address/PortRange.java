package io.fairlead.core.address;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Ports {@code first} to {@code last}, both included, 1–65535; written {@code 20000-20010}. */
public record PortRange(int first, int last) {
  private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,4})(?:-([1-9][0-9]{0,4}))?");

  public PortRange {
    if (first < 1 || last > 65_535 || first > last) {
      throw new IllegalArgumentException(
          "ports: " + first + "-" + last + " (expected: rising, within 1-65535)");
    }
  }

  /** Reads {@code 20000-20010}, or one port as a range of one. */
  public static Optional<PortRange> parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) return Optional.empty();
    int first = Integer.parseInt(form.group(1));
    int last = form.group(2) == null ? first : Integer.parseInt(form.group(2));
    if (last > 65_535 || first > last) return Optional.empty();
    return Optional.of(new PortRange(first, last));
  }

  /** Whether the range holds {@code port}. */
  public boolean contains(int port) {
    return port >= first && port <= last;
  }

  /** How many ports. */
  public int size() {
    return last - first + 1;
  }

  @Override
  public String toString() {
    return first == last ? Integer.toString(first) : first + "-" + last;
  }
}
