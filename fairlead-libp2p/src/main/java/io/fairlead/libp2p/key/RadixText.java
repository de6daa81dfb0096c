package io.fairlead.libp2p.key;

import io.fairlead.libp2p.codec.MalformedException;
import java.util.Arrays;

/** Bytes as the digits of one large number; leading zero bytes become leading zero digits. */
final class RadixText {
  static final RadixText BASE58_BTC =
      new RadixText("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz");
  static final RadixText BASE36 = new RadixText("0123456789abcdefghijklmnopqrstuvwxyz");

  /** The work grows with the square of the length. */
  private static final int DIGITS_MAX = 256;

  private final char[] alphabet;
  private final byte[] values = new byte[128];

  private RadixText(String alphabet) {
    this.alphabet = alphabet.toCharArray();
    Arrays.fill(values, (byte) -1);
    for (int i = 0; i < alphabet.length(); i++) values[alphabet.charAt(i)] = (byte) i;
  }

  String encode(byte[] bytes) {
    int zeros = 0;
    while (zeros < bytes.length && bytes[zeros] == 0) zeros++;
    byte[] number = Arrays.copyOfRange(bytes, zeros, bytes.length);
    StringBuilder text = new StringBuilder(bytes.length * 2);
    int from = 0;
    while (from < number.length) {
      int rest = 0;
      for (int i = from; i < number.length; i++) {
        int value = rest << 8 | number[i] & 0xff;
        number[i] = (byte) (value / alphabet.length);
        rest = value % alphabet.length;
      }
      text.append(alphabet[rest]);
      while (from < number.length && number[from] == 0) from++;
    }
    for (int i = 0; i < zeros; i++) text.append(alphabet[0]);
    return text.reverse().toString();
  }

  byte[] decode(String text, int from) throws MalformedException {
    int length = text.length() - from;
    if (length > DIGITS_MAX) {
      throw new MalformedException("text: " + length + " digits (expected: <= " + DIGITS_MAX + ")");
    }
    int zeros = 0;
    while (zeros < length && text.charAt(from + zeros) == alphabet[0]) zeros++;
    byte[] number = new byte[length]; // more than enough: no radix here exceeds 256
    int start = number.length;
    for (int i = from + zeros; i < text.length(); i++) {
      char c = text.charAt(i);
      int carry = c < values.length ? values[c] : -1;
      if (carry < 0) throw new MalformedException("text: not a digit at " + i);
      for (int at = number.length - 1; at >= start || carry > 0; at--) {
        carry += (number[at] & 0xff) * alphabet.length;
        number[at] = (byte) carry;
        carry >>= 8;
        start = Math.min(start, at);
      }
    }
    byte[] bytes = new byte[zeros + number.length - start];
    System.arraycopy(number, start, bytes, zeros, number.length - start);
    return bytes;
  }
}
