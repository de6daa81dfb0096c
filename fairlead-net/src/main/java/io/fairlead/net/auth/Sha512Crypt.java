package io.fairlead.net.auth;

import io.fairlead.core.unit.Secret;
import io.fairlead.net.auth.PasswordHash.UnreadableHashException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code $6$} hash of crypt(3): SHA-512 in at least a thousand rounds, as published in "Unix
 * crypt using SHA-256 and SHA-512" (U. Drepper, 2007); step numbers below are the paper's.
 */
final class Sha512Crypt implements PasswordHash {
  private static final Pattern FORM =
      Pattern.compile("\\$6\\$(?:rounds=([0-9]{1,9})\\$)?([^$:]{0,64})\\$([./0-9A-Za-z]{86})");
  private static final Pattern MOSQUITTO_OLD =
      Pattern.compile("\\$6\\$[A-Za-z0-9+/=]+\\$[A-Za-z0-9+/]{86}==");
  private static final char[] DIGITS =
      "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".toCharArray();
  private static final int ROUNDS_DEFAULT = 5_000;
  private static final int ROUNDS_MIN = 1_000;
  private static final int SALT_MAX = 16;
  private static final int DIGEST = 64;

  private final int rounds;
  private final byte[] salt;
  private final String hash;

  private Sha512Crypt(int rounds, byte[] salt, String hash) {
    this.rounds = rounds;
    this.salt = salt;
    this.hash = hash;
  }

  static PasswordHash parse(String text) throws UnreadableHashException {
    if (MOSQUITTO_OLD.matcher(text).matches()) {
      throw new UnreadableHashException(
          "a $6$ hash of an old Mosquitto, one round of SHA-512: too weak",
          "set the password anew, mosquitto_passwd writes $7$ since 2.0");
    }
    Matcher form = FORM.matcher(text);
    if (!form.matches()) throw new UnreadableHashException("unreadable $6$ hash", WRITE_ONE);
    int rounds =
        form.group(1) == null
            ? ROUNDS_DEFAULT
            : Math.max(ROUNDS_MIN, Integer.parseInt(form.group(1)));
    if (rounds > ITERATIONS_MAX) {
      throw new UnreadableHashException(
          rounds + " rounds (expected: <= " + ITERATIONS_MAX + ")", WRITE_ONE);
    }
    byte[] salt = form.group(2).getBytes(StandardCharsets.UTF_8);
    return new Sha512Crypt(
        rounds, Arrays.copyOf(salt, Math.min(SALT_MAX, salt.length)), form.group(3));
  }

  @Override
  public boolean verify(Secret password) {
    if (PasswordHash.isEmpty(password)) return false;
    String computed = compute(PasswordHash.utf8(password));
    return MessageDigest.isEqual(
        computed.getBytes(StandardCharsets.US_ASCII), hash.getBytes(StandardCharsets.US_ASCII));
  }

  private String compute(byte[] key) {
    MessageDigest sha = sha512();
    // 4-8
    sha.update(key);
    sha.update(salt);
    byte[] b = sha.digest(key);
    // 1-3, 9-12
    sha.update(key);
    sha.update(salt);
    sha.update(repeat(b, key.length));
    for (int length = key.length; length > 0; length >>= 1) {
      sha.update((length & 1) == 1 ? b : key);
    }
    byte[] a = sha.digest();
    // 13-16
    for (int i = 0; i < key.length; i++) sha.update(key);
    byte[] p = repeat(sha.digest(), key.length);
    // 17-20
    for (int i = 0; i < 16 + (a[0] & 0xFF); i++) sha.update(salt);
    byte[] s = repeat(sha.digest(), salt.length);
    // 21
    for (int round = 0; round < rounds; round++) {
      sha.update((round & 1) == 1 ? p : a);
      if (round % 3 != 0) sha.update(s);
      if (round % 7 != 0) sha.update(p);
      sha.update((round & 1) == 1 ? a : p);
      a = sha.digest();
    }
    return encode(a);
  }

  /** Step 22e: groups of three bytes whose indices step by 22 and rotate. */
  private static String encode(byte[] digest) {
    StringBuilder text = new StringBuilder(86);
    int x = 0;
    int y = 21;
    int z = 42;
    for (int group = 0; group < 21; group++) {
      append(text, digest[x], digest[y], digest[z], 4);
      int first = x;
      x = y + 1;
      y = z + 1;
      z = first + 1;
    }
    append(text, (byte) 0, (byte) 0, digest[63], 2);
    return text.toString();
  }

  private static void append(StringBuilder text, byte high, byte middle, byte low, int digits) {
    int bits = (high & 0xFF) << 16 | (middle & 0xFF) << 8 | (low & 0xFF);
    for (int i = 0; i < digits; i++) {
      text.append(DIGITS[bits & 0x3F]);
      bits >>= 6;
    }
  }

  private static byte[] repeat(byte[] digest, int length) {
    byte[] filled = new byte[length];
    for (int at = 0; at < length; at += DIGEST) {
      System.arraycopy(digest, 0, filled, at, Math.min(DIGEST, length - at));
    }
    return filled;
  }

  private static MessageDigest sha512() {
    try {
      return MessageDigest.getInstance("SHA-512");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("SHA-512 is part of every JDK", impossible);
    }
  }
}
