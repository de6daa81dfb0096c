package io.fairlead.mqtt.topic;

/** Well-formed UTF-8 as MQTT wants it: shortest forms only, no surrogates (RFC 3629 §4). */
final class Utf8 {
  private Utf8() {}

  static boolean wellFormed(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to) {
      int first = bytes[at];
      if (first >= 0) {
        at++;
        continue;
      }
      int length = sequenceLength(first & 0xFF);
      if (length == 0 || at + length > to) return false;
      int second = bytes[at + 1] & 0xFF;
      if (!secondFits(first & 0xFF, second)) return false;
      for (int i = 2; i < length; i++) {
        if ((bytes[at + i] & 0xC0) != 0x80) return false;
      }
      at += length;
    }
    return true;
  }

  /** Whether every surrogate has its partner. */
  static boolean encodable(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isLowSurrogate(c)) return false;
      if (Character.isHighSurrogate(c)) {
        i++;
        if (i == text.length() || !Character.isLowSurrogate(text.charAt(i))) return false;
      }
    }
    return true;
  }

  private static int sequenceLength(int first) {
    if (first >= 0xC2 && first <= 0xDF) return 2;
    if (first >= 0xE0 && first <= 0xEF) return 3;
    if (first >= 0xF0 && first <= 0xF4) return 4;
    return 0;
  }

  private static boolean secondFits(int first, int second) {
    return switch (first) {
      case 0xE0 -> second >= 0xA0 && second <= 0xBF; // else longer than needed
      case 0xED -> second >= 0x80 && second <= 0x9F; // else a surrogate
      case 0xF0 -> second >= 0x90 && second <= 0xBF; // else longer than needed
      case 0xF4 -> second >= 0x80 && second <= 0x8F; // else beyond U+10FFFF
      default -> (second & 0xC0) == 0x80;
    };
  }
}
