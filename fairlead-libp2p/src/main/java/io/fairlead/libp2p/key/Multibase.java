package io.fairlead.libp2p.key;

import io.fairlead.libp2p.codec.MalformedException;
import java.util.Base64;
import java.util.HexFormat;

/**
 * Bytes as text whose first character names the base.
 *
 * @see <a href="https://github.com/multiformats/multibase">multibase</a>
 */
public final class Multibase {
  /** Longest text read. */
  private static final int TEXT_MAX = 1024;

  private static final String BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

  private Multibase() {}

  /** {@code b}: RFC 4648 §6 in lower case without padding. */
  public static String base32(byte[] bytes) {
    return "b" + plainBase32(bytes);
  }

  /** {@code u}: RFC 4648 §5 without padding. */
  public static String base64Url(byte[] bytes) {
    return "u" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /**
   * Reads bases 16 ({@code f}), 32 ({@code b}), 36 ({@code k}), 58 ({@code z}) and 64 ({@code m},
   * {@code u}).
   *
   * @throws MalformedException another base, a wrong digit, or more than 1,024 characters
   */
  public static byte[] decode(String text) throws MalformedException {
    if (text.isEmpty() || text.length() > TEXT_MAX) {
      throw new MalformedException(
          "multibase: " + text.length() + " characters (expected: 1 - " + TEXT_MAX + ")");
    }
    try {
      return switch (text.charAt(0)) {
        case 'f' -> HexFormat.of().parseHex(text, 1, text.length());
        case 'b' -> decodeBase32(text.substring(1));
        case 'k' -> RadixText.BASE36.decode(text, 1);
        case 'z' -> RadixText.BASE58_BTC.decode(text, 1);
        case 'm' -> base64(Base64.getDecoder(), text);
        case 'u' -> base64(Base64.getUrlDecoder(), text);
        default -> throw new MalformedException("multibase: unknown base " + text.charAt(0));
      };
    } catch (IllegalArgumentException wrongDigit) {
      throw new MalformedException("multibase: wrong digit or length");
    }
  }

  /** Base 32 in lower case without the letter of the base. */
  public static String plainBase32(byte[] bytes) {
    StringBuilder text = new StringBuilder((bytes.length * 8 + 4) / 5);
    int buffer = 0;
    int bits = 0;
    for (byte b : bytes) {
      buffer = buffer << 8 | b & 0xff;
      bits += 8;
      while (bits >= 5) {
        bits -= 5;
        text.append(BASE32.charAt(buffer >>> bits & 31));
      }
    }
    if (bits > 0) text.append(BASE32.charAt(buffer << (5 - bits) & 31));
    return text.toString();
  }

  /**
   * Reads base 32 in lower case without padding; left-over bits must be zero.
   *
   * @throws MalformedException a wrong digit or length
   */
  public static byte[] decodeBase32(String text) throws MalformedException {
    int remainder = text.length() % 8;
    if (remainder == 1 || remainder == 3 || remainder == 6) {
      throw new MalformedException("base 32: impossible length");
    }
    byte[] bytes = new byte[text.length() * 5 / 8];
    int buffer = 0;
    int bits = 0;
    int at = 0;
    for (int i = 0; i < text.length(); i++) {
      int digit = BASE32.indexOf(text.charAt(i));
      if (digit < 0) throw new MalformedException("base 32: not a digit at " + i);
      buffer = (buffer << 5 | digit) & 0xfff;
      bits += 5;
      if (bits >= 8) {
        bits -= 8;
        bytes[at++] = (byte) (buffer >>> bits);
      }
    }
    if ((buffer & (1 << bits) - 1) != 0) throw new MalformedException("base 32: left-over bits");
    return bytes;
  }

  private static byte[] base64(Base64.Decoder decoder, String text) throws MalformedException {
    if (text.indexOf('=') >= 0) throw new MalformedException("multibase: padding");
    return decoder.decode(text.substring(1));
  }
}
