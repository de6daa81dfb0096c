package io.fairlead.pubsub.codec;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What a server calls a subscription, so that different spellings of one id are equal: hex texts
 * without regard to case and leading zeros, whole numbers as the hex they are; any other text is
 * itself. {@link #read} reuses an instance as a probe for look-ups; a key in a map is a {@link
 * #copy}.
 */
public final class ServerIdKey {
  private static final int LENGTH_MAX = 256;
  private static final int LONG_DIGITS = 18;

  private byte[] key;
  private int length;
  private int hash;

  /** An empty probe. */
  public ServerIdKey() {
    key = new byte[LENGTH_MAX + 1];
  }

  private ServerIdKey(byte[] key, int hash) {
    this.key = key;
    this.length = key.length;
    this.hash = hash;
  }

  /**
   * Reads a JSON token into this probe.
   *
   * @return whether it is a text or a whole number of at most 256 bytes
   */
  public boolean read(byte[] json, int from, int to) {
    length = 0;
    if (to - from < 1 || to - from > LENGTH_MAX) return false;
    boolean taken = json[from] == '"' ? text(json, from + 1, to - 1) : number(json, from, to);
    int sum = 1;
    for (int i = 0; i < length; i++) sum = 31 * sum + key[i];
    hash = sum;
    return taken;
  }

  private boolean text(byte[] json, int from, int to) {
    if (to - from > 2 && json[from] == '0' && (json[from + 1] | 0x20) == 'x') {
      if (hex(json, from + 2, to)) return true;
    }
    length = 0;
    key[length++] = 's';
    for (int i = from; i < to; i++) key[length++] = json[i];
    return true;
  }

  private boolean hex(byte[] json, int from, int to) {
    int at = from;
    while (at < to - 1 && json[at] == '0') at++;
    length = 0;
    key[length++] = 'h';
    for (; at < to; at++) {
      byte octet = json[at];
      if (octet >= 'A' && octet <= 'F') octet |= 0x20;
      else if ((octet < '0' || octet > '9') && (octet < 'a' || octet > 'f')) return false;
      key[length++] = octet;
    }
    return true;
  }

  private boolean number(byte[] json, int from, int to) {
    for (int i = from; i < to; i++) {
      if (json[i] < '0' || json[i] > '9') return false;
    }
    String digits = new String(json, from, to - from, StandardCharsets.US_ASCII);
    String hex =
        to - from <= LONG_DIGITS
            ? Long.toHexString(Long.parseLong(digits))
            : new BigInteger(digits).toString(16);
    length = 0;
    key[length++] = 'h';
    for (int i = 0; i < hex.length(); i++) key[length++] = (byte) hex.charAt(i);
    return true;
  }

  /** An immutable copy, to be kept. */
  public ServerIdKey copy() {
    return new ServerIdKey(Arrays.copyOf(key, length), hash);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ServerIdKey that
        && Arrays.equals(key, 0, length, that.key, 0, that.length);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return new String(key, 0, length, StandardCharsets.UTF_8);
  }
}
