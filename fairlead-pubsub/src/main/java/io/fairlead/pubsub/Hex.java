package io.fairlead.pubsub;

import java.util.HexFormat;
import java.util.Locale;

/** Hex text of a fixed length. */
final class Hex {
  private Hex() {}

  static String checked(String text, int length) {
    if (text.length() != length || !text.startsWith("0x") || !digits(text))
      throw new IllegalArgumentException(
          "hex: " + text.length() + " characters (expected: 0x and " + (length - 2) + " digits)");
    return text.toLowerCase(Locale.ROOT);
  }

  private static boolean digits(String text) {
    for (int i = 2; i < text.length(); i++) {
      if (!HexFormat.isHexDigit(text.charAt(i))) return false;
    }
    return true;
  }
}
