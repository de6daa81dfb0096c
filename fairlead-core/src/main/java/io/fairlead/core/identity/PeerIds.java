package io.fairlead.core.identity;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Optional;

/**
 * Text of libp2p peer ids: base58btc of a multihash.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md">peer ids</a>
 */
public final class PeerIds {
  private static final String ALPHABET =
      "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  private static final BigInteger BASE = BigInteger.valueOf(58);
  private static final long FIVE_DIGITS = 58L * 58 * 58 * 58 * 58;

  /** Identity multihash of 36 bytes; protobuf: key type Ed25519, 32 bytes of key. */
  private static final byte[] ED25519 = {0x00, 0x24, 0x08, 0x01, 0x12, 0x20};

  private PeerIds() {}

  static String ofEd25519(byte[] key) {
    byte[] whole = Arrays.copyOf(ED25519, ED25519.length + 32);
    System.arraycopy(key, 0, whole, ED25519.length, 32);
    return encode(whole);
  }

  /** The key inside a peer id, if it is an Ed25519 one. */
  static Optional<byte[]> ed25519(String text) {
    return decode(text)
        .filter(
            bytes ->
                bytes.length == 38
                    && Arrays.equals(bytes, 0, ED25519.length, ED25519, 0, ED25519.length))
        .map(bytes -> Arrays.copyOfRange(bytes, 6, 38));
  }

  /** An identity multihash of at most 42 bytes, or SHA-256. */
  public static boolean valid(String text) {
    Optional<byte[]> decoded = decode(text);
    if (decoded.isEmpty()) return false;
    byte[] bytes = decoded.get();
    if (bytes.length == 34 && bytes[0] == 0x12 && bytes[1] == 0x20) return true;
    return bytes.length >= 3 && bytes.length <= 44 && bytes[0] == 0 && bytes[1] == bytes.length - 2;
  }

  private static Optional<byte[]> decode(String text) {
    if (text.isEmpty() || text.length() > 64) return Optional.empty();
    BigInteger value = BigInteger.ZERO;
    int zeros = 0;
    boolean leading = true;
    for (int i = 0; i < text.length(); i++) {
      int digit = ALPHABET.indexOf(text.charAt(i));
      if (digit < 0) return Optional.empty();
      leading &= digit == 0;
      if (leading) zeros++;
      value = value.multiply(BASE).add(BigInteger.valueOf(digit));
    }
    byte[] magnitude = value.signum() == 0 ? new byte[0] : value.toByteArray();
    int sign = magnitude.length > 1 && magnitude[0] == 0 ? 1 : 0;
    byte[] bytes = new byte[zeros + magnitude.length - sign];
    System.arraycopy(magnitude, sign, bytes, zeros, magnitude.length - sign);
    return Optional.of(bytes);
  }

  /**
   * Divides the number by 58^5 in words of 32 bits until nothing is left, five digits each time: a
   * list of members is made of thousands of these.
   */
  private static String encode(byte[] bytes) {
    int zeros = 0;
    while (zeros < bytes.length && bytes[zeros] == 0) zeros++;
    int[] words = new int[(bytes.length + 3) / 4]; // the most significant first
    for (int i = 0; i < bytes.length; i++) {
      int fromEnd = bytes.length - 1 - i;
      words[words.length - 1 - fromEnd / 4] |= (bytes[i] & 0xFF) << (8 * (fromEnd % 4));
    }
    StringBuilder text = new StringBuilder(bytes.length * 2);
    int first = 0;
    while (first < words.length && words[first] == 0) first++;
    while (first < words.length) {
      long rest = 0;
      for (int i = first; i < words.length; i++) {
        long value = rest << 32 | (words[i] & 0xFFFF_FFFFL);
        words[i] = (int) (value / FIVE_DIGITS);
        rest = value % FIVE_DIGITS;
      }
      while (first < words.length && words[first] == 0) first++;
      boolean last = first == words.length;
      for (int i = 0; i < 5 && (!last || rest > 0); i++) {
        text.append(ALPHABET.charAt((int) (rest % 58)));
        rest /= 58;
      }
    }
    text.append("1".repeat(zeros));
    return text.reverse().toString();
  }
}
