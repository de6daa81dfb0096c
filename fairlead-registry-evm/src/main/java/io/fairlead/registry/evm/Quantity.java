package io.fairlead.registry.evm;

import java.util.HexFormat;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Numbers and bytes as calls carry them (EIP-1474). */
final class Quantity {
  private static final Pattern HEX = Pattern.compile("0x[0-9a-fA-F]{1,64}");
  private static final int DIGITS_MAX = 15; // below 2^60

  private Quantity() {}

  /**
   * Reads a number.
   *
   * @throws ChainException it is none, or beyond what a block number or a time can be
   */
  static long read(JsonNode node) throws ChainException {
    String text = node.asString("");
    if (HEX.matcher(text).matches()) {
      String digits = text.substring(2).replaceFirst("^0+(?=.)", "");
      if (digits.length() <= DIGITS_MAX) return Long.parseLong(digits, 16);
    }
    throw new ChainException(ChainException.Kind.MALFORMED, "a number is expected");
  }

  static String hex(long number) {
    return "0x" + Long.toHexString(number);
  }

  /**
   * Reads bytes.
   *
   * @throws ChainException they are none
   */
  static byte[] bytes(JsonNode node) throws ChainException {
    String text = node.asString("");
    if (text.startsWith("0x") && text.length() % 2 == 0) {
      try {
        return HexFormat.of().parseHex(text, 2, text.length());
      } catch (IllegalArgumentException notHex) {
        // told below
      }
    }
    throw new ChainException(ChainException.Kind.MALFORMED, "bytes are expected");
  }
}
