package io.fairlead.net.auth;

import io.fairlead.core.unit.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * What a server keeps of a password for SCRAM-SHA-256: enough to check a proof, not enough to make
 * one. Immutable; the arrays are never handed out or changed.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc5803#section-2">RFC 5803 §2, the text form</a>
 */
public final class ScramCredential implements PasswordHash {
  /** Fewer rounds are refused (RFC 7677 §4). */
  public static final int ITERATIONS_MIN = 4096;

  /** Of new ones, and what a name that does not exist is challenged with. */
  static final int NEW_ITERATIONS = 32_768;

  // More would let a credentials file occupy its clients for minutes.
  private static final int ITERATIONS_MAX = 10_000_000;
  private static final int KEY_BYTES = 32;
  private static final Pattern TEXT =
      Pattern.compile(
          "SCRAM-SHA-256\\$(\\d{1,8}):([A-Za-z0-9+/=]{1,128})"
              + "\\$([A-Za-z0-9+/=]{44}):([A-Za-z0-9+/=]{44})");

  private static final Pattern ACCOUNT =
      Pattern.compile(
          "\\$scram-sha-256\\$i=(\\d{1,8})\\$([A-Za-z0-9+/=]{1,128})"
              + "\\$([A-Za-z0-9+/=]{44})\\$([A-Za-z0-9+/=]{44})");

  private final byte[] salt;
  private final int iterations;
  private final byte[] storedKey;
  private final byte[] serverKey;

  private ScramCredential(byte[] salt, int iterations, byte[] storedKey, byte[] serverKey) {
    if (iterations < ITERATIONS_MIN || iterations > ITERATIONS_MAX)
      throw new IllegalArgumentException(
          "iterations: " + iterations + " (expected: 4096-10000000)");
    if (salt.length < 8)
      throw new IllegalArgumentException("salt: " + salt.length + " bytes (expected: >= 8)");
    if (storedKey.length != KEY_BYTES || serverKey.length != KEY_BYTES)
      throw new IllegalArgumentException("keys: wrong length (expected: 32 bytes each)");
    this.salt = salt;
    this.iterations = iterations;
    this.storedKey = storedKey;
    this.serverKey = serverKey;
  }

  /**
   * Derives a credential; takes as long as {@code iterations} hashes, hence not for an event loop.
   *
   * <p>Deviation: of SASLprep (RFC 4013) only the normalisation, the mapping of spaces and the
   * prohibition of control characters are done, since the platform has no stringprep; {@code
   * ScramCredentialTest} pins this. Passwords of printable ASCII are not affected.
   *
   * @param salt copied, 8 bytes or more
   * @throws IllegalArgumentException the password is empty or holds a control character, or the
   *     other arguments are out of range
   */
  public static ScramCredential derive(String password, byte[] salt, int iterations) {
    byte[] salted = saltedPassword(prepared(password), salt, iterations);
    byte[] clientKey = Hmac.sha256(salted, ascii("Client Key"));
    return new ScramCredential(
        salt.clone(), iterations, Hmac.digest(clientKey), Hmac.sha256(salted, ascii("Server Key")));
  }

  /**
   * Reads the text form, {@code SCRAM-SHA-256$iterations:salt$storedKey:serverKey}.
   *
   * @throws IllegalArgumentException it is none; the message holds no part of it
   */
  public static ScramCredential parse(String text) {
    Matcher form = TEXT.matcher(text);
    if (!form.matches())
      throw new IllegalArgumentException(
          "no SCRAM-SHA-256 credential (expected:"
              + " SCRAM-SHA-256$iterations:salt$storedKey:serverKey)");
    return new ScramCredential(
        decoded(form.group(2)),
        Integer.parseInt(form.group(1)),
        decoded(form.group(3)),
        decoded(form.group(4)));
  }

  /**
   * Reads what a users file has: {@code $scram-sha-256$i=iterations$salt$storedKey$serverKey}. RFC
   * 5803's own text has colons, which separate the fields of an account there.
   *
   * @return empty: it is another kind of hash
   */
  public static Optional<ScramCredential> ofAccount(Secret written) {
    try {
      return Optional.of(parseAccount(written.reveal()));
    } catch (UnreadableHashException _) {
      return Optional.empty();
    }
  }

  static ScramCredential parseAccount(String text) throws UnreadableHashException {
    Matcher form = ACCOUNT.matcher(text);
    if (!form.matches()) {
      throw new UnreadableHashException("unreadable scram-sha-256 secret", WRITE_ONE);
    }
    try {
      return new ScramCredential(
          decoded(form.group(2)),
          Integer.parseInt(form.group(1)),
          decoded(form.group(3)),
          decoded(form.group(4)));
    } catch (IllegalArgumentException bad) {
      throw new UnreadableHashException("scram-sha-256: " + bad.getMessage(), WRITE_ONE);
    }
  }

  /** As a users file has it. */
  String toAccount() {
    Base64.Encoder base64 = Base64.getEncoder();
    return "$scram-sha-256$i=%d$%s$%s$%s"
        .formatted(
            iterations,
            base64.encodeToString(salt),
            base64.encodeToString(storedKey),
            base64.encodeToString(serverKey));
  }

  /** A password that was sent, instead of a proof. */
  @Override
  public boolean verify(Secret password) {
    if (PasswordHash.isEmpty(password)) return false;
    try {
      byte[] shown = derive(password.reveal(), salt, iterations).storedKey;
      return MessageDigest.isEqual(storedKey, shown);
    } catch (IllegalArgumentException _) {
      return false; // no password that could have been set
    }
  }

  private static byte[] decoded(String base64) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException bad) {
      throw new IllegalArgumentException("bad SCRAM-SHA-256 credential: not base64", bad);
    }
  }

  /** The text form. */
  public String toText() {
    Base64.Encoder base64 = Base64.getEncoder();
    return "SCRAM-SHA-256$%d:%s$%s:%s"
        .formatted(
            iterations,
            base64.encodeToString(salt),
            base64.encodeToString(storedKey),
            base64.encodeToString(serverKey));
  }

  /** For a user that does not exist: a challenge like any other, which nobody can answer. */
  static ScramCredential ofNobody(byte[] key, String user) {
    byte[] seed = Hmac.sha256(key, user.getBytes(StandardCharsets.UTF_8));
    byte[] salt = Arrays.copyOf(seed, 16);
    return new ScramCredential(salt, NEW_ITERATIONS, seed, Hmac.sha256(key, seed));
  }

  String saltText() {
    return Base64.getEncoder().encodeToString(salt);
  }

  int iterations() {
    return iterations;
  }

  byte[] storedKey() {
    return storedKey;
  }

  byte[] serverKey() {
    return serverKey;
  }

  static byte[] saltedPassword(String prepared, byte[] salt, int iterations) {
    PBEKeySpec spec =
        new PBEKeySpec(prepared.toCharArray(), salt, iterations, KEY_BYTES * Byte.SIZE);
    try {
      // Its characters become UTF-8 bytes, as RFC 5802 wants them.
      return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded();
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("PBKDF2WithHmacSHA256 is part of every JDK", missing);
    } finally {
      spec.clearPassword();
    }
  }

  static String prepared(String password) {
    StringBuilder text = new StringBuilder(password.length());
    password
        .codePoints()
        .map(c -> Character.getType(c) == Character.SPACE_SEPARATOR ? ' ' : c)
        .forEach(text::appendCodePoint);
    String prepared = Normalizer.normalize(text, Normalizer.Form.NFKC);
    if (prepared.isEmpty() || prepared.codePoints().anyMatch(Character::isISOControl))
      throw new IllegalArgumentException(
          "password: empty or with control characters (expected: printable text)");
    return prepared;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public String toString() {
    return "SCRAM-SHA-256$" + iterations + ":***";
  }
}
