package io.fairlead.pubsub.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Walks over JSON values in bytes without reading them. Checks brackets, strings and depth, not
 * what numbers and literals look like: that is left to whoever decodes the value.
 */
final class JsonBytes {
  /** Deepest nesting walked over. */
  static final int DEPTH_MAX = 512;

  /** What methods return instead of a position: the value is broken or too deep. */
  static final int BAD = -1;

  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101_0101_0101_0101L;
  private static final long HIGHS = 0x8080_8080_8080_8080L;
  private static final long QUOTES = 0x2222_2222_2222_2222L;
  private static final long SLASHES = 0x5c5c_5c5c_5c5c_5c5cL;

  /** For each level whether it is an object. */
  private final long[] objects = new long[DEPTH_MAX / Long.SIZE];

  static int skipSpace(byte[] json, int from, int to) {
    int at = from;
    while (at < to && space(json[at])) at++;
    return at;
  }

  static boolean space(byte octet) {
    return octet == ' ' || octet == '\n' || octet == '\r' || octet == '\t';
  }

  /**
   * Finds the end of a string.
   *
   * @param from behind the opening quote
   * @return position of the closing quote, or {@link #BAD}
   */
  static int closingQuote(byte[] json, int from, int to) {
    int at = from;
    while (true) {
      // Eight bytes at a time up to the next quote or backslash: payloads are long hex strings.
      while (at + Long.BYTES <= to) {
        long word = (long) WORDS.get(json, at);
        long quote = word ^ QUOTES;
        long slash = word ^ SLASHES;
        long found = ((quote - ONES) & ~quote | (slash - ONES) & ~slash) & HIGHS;
        if (found != 0) {
          at += Long.numberOfTrailingZeros(found) >>> 3;
          break;
        }
        at += Long.BYTES;
      }
      if (at >= to) return BAD;
      byte octet = json[at];
      if (octet == '"') return at;
      at += octet == '\\' ? 2 : 1;
    }
  }

  /**
   * Walks over one value.
   *
   * @param from its first byte
   * @param outer levels around it
   * @return position behind its last byte, or {@link #BAD}
   */
  int skipValue(byte[] json, int from, int to, int outer) {
    if (from >= to) return BAD;
    byte first = json[from];
    if (first == '"') {
      int end = closingQuote(json, from + 1, to);
      return end == BAD ? BAD : end + 1;
    }
    if (first != '{' && first != '[') return skipScalar(json, from, to);
    int depth = 0;
    int at = from;
    while (at < to) {
      byte octet = json[at];
      switch (octet) {
        case '"' -> {
          int end = closingQuote(json, at + 1, to);
          if (end == BAD) return BAD;
          at = end;
        }
        case '{', '[' -> {
          if (outer + depth >= DEPTH_MAX) return BAD;
          long bit = 1L << depth;
          if (octet == '{') objects[depth >>> 6] |= bit;
          else objects[depth >>> 6] &= ~bit;
          depth++;
        }
        case '}', ']' -> {
          depth--;
          boolean object = (objects[depth >>> 6] & 1L << depth) != 0;
          if (object != (octet == '}')) return BAD;
          if (depth == 0) return at + 1;
        }
        default -> {}
      }
      at++;
    }
    return BAD;
  }

  private static int skipScalar(byte[] json, int from, int to) {
    int at = from;
    while (at < to) {
      byte octet = json[at];
      if (octet == ',' || octet == '}' || octet == ']' || space(octet)) break;
      if (octet < '+' || octet > 'z' || octet == ':' || octet == '[') return BAD;
      at++;
    }
    return at == from ? BAD : at;
  }

  /** Whether the range holds exactly this text. */
  static boolean is(byte[] json, int from, int to, byte[] text) {
    if (to - from != text.length) return false;
    for (int i = 0; i < text.length; i++) {
      if (json[from + i] != text[i]) return false;
    }
    return true;
  }
}
