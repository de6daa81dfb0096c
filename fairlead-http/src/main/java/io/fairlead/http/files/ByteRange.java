package io.fairlead.http.files;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What a {@code Range} field asks of a representation (RFC 9110 §14). */
sealed interface ByteRange {
  /** All of it: no range, one that is not understood, or more than are worth it. */
  record Whole() implements ByteRange {}

  /** Bytes {@code first} to {@code last}, both included. */
  record Part(long first, long last) implements ByteRange {
    long length() {
      return last - first + 1;
    }
  }

  /** Two parts or more, ascending, with bytes between each and the next. */
  record Several(List<Part> parts) implements ByteRange {}

  /** Well formed, but nothing of it is there: 416. */
  record Unsatisfiable() implements ByteRange {}

  /** More ranges than these in one request are answered with the whole. */
  int MANY = 16;

  ByteRange WHOLE = new Whole();
  ByteRange UNSATISFIABLE = new Unsatisfiable();

  /**
   * @param field value of the field
   * @param length of the representation
   */
  static ByteRange of(String field, long length) {
    int equals = field.indexOf('=');
    if (equals < 0 || !field.substring(0, equals).strip().equalsIgnoreCase("bytes")) return WHOLE;
    String set = field.substring(equals + 1).strip();
    if (set.indexOf(',') < 0) return one(set, length);
    // The whole is the answer to sets made to cost much (RFC 9110 §14.2).
    String[] specs = set.split(",", MANY + 2);
    if (specs.length > MANY) return WHOLE;
    List<Part> parts = new ArrayList<>(specs.length);
    long asked = 0;
    for (String spec : specs) {
      switch (one(spec.strip(), length)) {
        case Part part -> {
          parts.add(part);
          asked += part.length();
        }
        case Unsatisfiable _ -> {}
        case Whole _, Several _ -> {
          return WHOLE;
        }
      }
    }
    if (parts.isEmpty()) return UNSATISFIABLE;
    if (asked > 2 * length) return WHOLE;
    return joined(parts);
  }

  /** Overlapping and adjacent parts made one. */
  private static ByteRange joined(List<Part> parts) {
    List<Part> sorted = new ArrayList<>(parts);
    sorted.sort(Comparator.comparingLong(Part::first));
    List<Part> joined = new ArrayList<>(sorted.size());
    for (Part part : sorted) {
      Part before = joined.isEmpty() ? null : joined.getLast();
      if (before == null || part.first() > before.last() + 1) {
        joined.add(part);
      } else {
        joined.set(
            joined.size() - 1, new Part(before.first(), Math.max(before.last(), part.last())));
      }
    }
    return joined.size() == 1 ? joined.getFirst() : new Several(List.copyOf(joined));
  }

  private static ByteRange one(String spec, long length) {
    int dash = spec.indexOf('-');
    if (dash < 0) return WHOLE;
    long first = number(spec.substring(0, dash));
    long last = number(spec.substring(dash + 1));
    if (dash == 0) return last < 0 ? WHOLE : suffix(last, length);
    if (first < 0 || (dash + 1 < spec.length() && last < 0)) return WHOLE;
    boolean open = dash + 1 == spec.length();
    if (!open && last < first) return WHOLE;
    if (first >= length) return UNSATISFIABLE;
    return new Part(first, open ? length - 1 : Math.min(last, length - 1));
  }

  private static ByteRange suffix(long count, long length) {
    if (count == 0) return UNSATISFIABLE;
    if (length == 0) return WHOLE; // satisfiable, but no Content-Range can say so
    return new Part(Math.max(0, length - count), length - 1);
  }

  /** The number, capped; -1 when the text is not all digits. */
  private static long number(String digits) {
    if (digits.isEmpty()) return -1;
    long value = 0;
    for (int i = 0; i < digits.length(); i++) {
      char c = digits.charAt(i);
      if (c < '0' || c > '9') return -1;
      value = value > Long.MAX_VALUE / 16 ? Long.MAX_VALUE : value * 10 + (c - '0');
    }
    return value;
  }
}
