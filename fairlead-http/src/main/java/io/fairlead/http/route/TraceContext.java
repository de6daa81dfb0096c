package io.fairlead.http.route;

import io.fairlead.net.http.Fields;
import io.fairlead.net.journal.TracePlace;
import java.util.List;
import java.util.function.LongPredicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One place in a distributed trace, as the field {@code traceparent} carries it.
 *
 * @param traceId 32 digits of the whole trace
 * @param caller 16 digits of who asked us; empty where we are the first
 * @param parentId 16 digits of the caller that the field names
 * @param flags bit 0 says that the caller recorded it
 * @see <a href="https://www.w3.org/TR/trace-context/">W3C Trace Context</a>
 */
public record TraceContext(String traceId, String caller, String parentId, int flags) {
  private static final int RECORDED = 1;
  private static final int LENGTH = 55;

  /** What the fields say; null when they say nothing that is well-formed. */
  static @Nullable TraceContext of(Fields fields) {
    List<String> lines = fields.all("traceparent");
    return lines.size() == 1 ? parse(lines.getFirst()) : null;
  }

  /** Version 00 has this length exactly; later ones may add a dash and more (§3.2, §4.3). */
  static @Nullable TraceContext parse(String text) {
    if (text.length() < LENGTH || !hex(text, 0, 2) || text.startsWith("ff")) return null;
    if (text.length() > LENGTH && (text.startsWith("00") || text.charAt(LENGTH) != '-'))
      return null;
    if (text.charAt(2) != '-' || text.charAt(35) != '-' || text.charAt(52) != '-') return null;
    if (!hex(text, 3, 35) || !hex(text, 36, 52) || !hex(text, 53, 55)) return null;
    String trace = text.substring(3, 35);
    String parent = text.substring(36, 52);
    if (zero(trace) || zero(parent)) return null;
    return new TraceContext(trace, parent, parent, Integer.parseInt(text, 53, 55, 16));
  }

  /**
   * The first place of a new trace.
   *
   * @param records whether one is recorded, by a number that chance gave
   */
  static TraceContext begin(RandomGenerator random, LongPredicate records) {
    int flags = records.test(random.nextLong()) ? RECORDED : 0;
    return new TraceContext(digits(random) + digits(random), "", digits(random), flags);
  }

  /** The place after this one, with us as the caller. */
  TraceContext next(RandomGenerator random) {
    return new TraceContext(traceId, caller, digits(random), flags & 3);
  }

  /** Whether it began here, so that no {@code tracestate} belongs to it. */
  boolean begun() {
    return caller.isEmpty();
  }

  /**
   * For the access log.
   *
   * @param ours whether we are a part of it, and the field that is sent is of our making
   */
  public TracePlace place(boolean ours) {
    if (!ours) return new TracePlace(traceId, "", "", false);
    return new TracePlace(traceId, caller, parentId, (flags & RECORDED) != 0);
  }

  /** As a field. */
  String text() {
    return "00-" + traceId + "-" + parentId + "-0" + flags;
  }

  /** Sixteen of them, not all zero. */
  private static String digits(RandomGenerator random) {
    long value = random.nextLong();
    while (value == 0) value = random.nextLong();
    StringBuilder text = new StringBuilder(16);
    for (int shift = 60; shift >= 0; shift -= 4) {
      text.append(Character.forDigit((int) (value >>> shift) & 15, 16));
    }
    return text.toString();
  }

  private static boolean hex(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) return false;
    }
    return true;
  }

  private static boolean zero(String digits) {
    return digits.chars().allMatch(digit -> digit == '0');
  }
}
