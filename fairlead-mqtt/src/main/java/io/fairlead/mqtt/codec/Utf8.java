package io.fairlead.mqtt.codec;

/**
 * The text rules of MQTT 5.0 §1.5.4: well-formed UTF-8 (RFC 3629: nothing overlong, no surrogates,
 * nothing above U+10FFFF) without U+0000.
 */
public final class Utf8 {
  private Utf8() {}

  /** Whether the bytes are such a text. */
  public static boolean valid(byte[] bytes) {
    int i = 0;
    int length = bytes.length;
    while (i < length) {
      int first = bytes[i++];
      if (first > 0) continue;
      if (first == 0) return false;
      int tail = tail(first & 0xff);
      if (tail < 0 || i + tail > length) return false;
      if (!secondFits(first & 0xff, bytes[i] & 0xff)) return false;
      for (int end = i + tail; i < end; i++) {
        if ((bytes[i] & 0xc0) != 0x80) return false;
      }
    }
    return true;
  }

  /** How many bytes follow; -1: it begins nothing. */
  private static int tail(int first) {
    if (first < 0xc2) return -1; // a follower, or an overlong form
    if (first < 0xe0) return 1;
    if (first < 0xf0) return 2;
    return first < 0xf5 ? 3 : -1;
  }

  private static boolean secondFits(int first, int second) {
    return switch (first) {
      case 0xe0 -> second >= 0xa0; // overlong below
      case 0xed -> second < 0xa0; // surrogates above
      case 0xf0 -> second >= 0x90; // overlong below
      case 0xf4 -> second < 0x90; // beyond Unicode above
      default -> true;
    };
  }
}
