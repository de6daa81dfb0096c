package io.fairlead.http.balance;

/** Spreads texts over 64 bits: FNV-1a, then a finishing mix so that every bit depends on all. */
public final class KeyHash {
  private static final long OFFSET = 0xcbf29ce484222325L;
  private static final long PRIME = 0x100000001b3L;

  private KeyHash() {}

  /** Hash of a text. */
  public static long of(CharSequence text) {
    return of(text, 0);
  }

  /** Another, independent hash of a text for each salt. */
  public static long of(CharSequence text, long salt) {
    long hash = OFFSET ^ mix(salt);
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * PRIME;
    }
    return mix(hash);
  }

  static long mix(long value) {
    long v = value;
    v = (v ^ (v >>> 33)) * 0xff51afd7ed558ccdL;
    v = (v ^ (v >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return v ^ (v >>> 33);
  }
}
