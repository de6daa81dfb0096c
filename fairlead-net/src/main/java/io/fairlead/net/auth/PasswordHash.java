package io.fairlead.net.auth;

import io.fairlead.core.unit.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** A stored password. {@link #verify} is slow on purpose and belongs on no event loop. */
sealed interface PasswordHash
    permits PasswordHash.Plain,
        PasswordHash.Pbkdf2,
        Argon2Hash,
        BcryptHash,
        ScramCredential,
        Sha512Crypt {
  /** Whether {@code password} is the one; compares in constant time. Empty passwords never are. */
  boolean verify(Secret password);

  /** A hash that is none, or costs more than a login may. The message is for the operator. */
  final class UnreadableHashException extends Exception {
    private static final long serialVersionUID = 1;
    private final String problem;
    private final String hint;

    UnreadableHashException(String message, String hint) {
      super(message);
      this.problem = message;
      this.hint = hint;
    }

    String problem() {
      return problem;
    }

    String hint() {
      return hint;
    }
  }

  String WRITE_ONE = "write it with: fairlead mqtt passwd FILE NAME";
  Pattern MOSQUITTO =
      Pattern.compile("\\$7\\$([0-9]{1,8})\\$([A-Za-z0-9+/=]+)\\$([A-Za-z0-9+/=]+)");
  Pattern PBKDF2 =
      Pattern.compile(
          "\\$pbkdf2-sha256\\$i=([0-9]{1,8})\\$([A-Za-z0-9+/.=]+)\\$([A-Za-z0-9+/.=]+)");
  int ITERATIONS_MAX = 10_000_000;
  int PBKDF2_ITERATIONS_MIN = 600_000;

  /** Reads any of the supported forms. */
  static PasswordHash parse(String text) throws UnreadableHashException {
    if (text.startsWith("$argon2")) return Argon2Hash.parse(text);
    if (text.startsWith("$2")) return BcryptHash.parse(text);
    if (text.startsWith("$7$")) return mosquitto(text);
    if (text.startsWith("$pbkdf2-sha256$")) return pbkdf2(text);
    if (text.startsWith("$scram-sha-256$")) return ScramCredential.parseAccount(text);
    if (text.startsWith("$6$")) return Sha512Crypt.parse(text);
    if (text.startsWith("$")) {
      throw new UnreadableHashException("unknown kind of password hash", WRITE_ONE);
    }
    throw new UnreadableHashException("the password stands in clear text", WRITE_ONE);
  }

  /** A password the configuration gives itself. */
  record Plain(Secret expected) implements PasswordHash {
    @Override
    public boolean verify(Secret password) {
      // Digests first: the comparison then tells nothing about the length either.
      return MessageDigest.isEqual(sha256(expected), sha256(password)) && !isEmpty(password);
    }

    private static byte[] sha256(Secret secret) {
      try {
        return MessageDigest.getInstance("SHA-256").digest(utf8(secret));
      } catch (GeneralSecurityException impossible) {
        throw new IllegalStateException("SHA-256 is part of every JDK", impossible);
      }
    }
  }

  /** PBKDF2 (RFC 8018 §5.2) as Mosquitto and others write it. */
  final class Pbkdf2 implements PasswordHash {
    private final String algorithm;
    private final int iterations;
    private final byte[] salt;
    private final byte[] hash;

    Pbkdf2(String algorithm, int iterations, byte[] salt, byte[] hash) {
      this.algorithm = algorithm;
      this.iterations = iterations;
      this.salt = salt;
      this.hash = hash;
    }

    @Override
    public boolean verify(Secret password) {
      if (isEmpty(password)) return false;
      PBEKeySpec spec =
          new PBEKeySpec(password.reveal().toCharArray(), salt, iterations, hash.length * 8);
      try {
        byte[] computed = SecretKeyFactory.getInstance(algorithm).generateSecret(spec).getEncoded();
        return MessageDigest.isEqual(hash, computed);
      } catch (GeneralSecurityException impossible) {
        throw new IllegalStateException(algorithm + " is part of every JDK", impossible);
      } finally {
        spec.clearPassword();
      }
    }
  }

  private static PasswordHash mosquitto(String text) throws UnreadableHashException {
    Matcher form = MOSQUITTO.matcher(text);
    if (!form.matches()) throw new UnreadableHashException("unreadable $7$ hash", WRITE_ONE);
    return pbkdf2("PBKDF2WithHmacSHA512", 1, form, text);
  }

  private static PasswordHash pbkdf2(String text) throws UnreadableHashException {
    Matcher form = PBKDF2.matcher(text);
    if (!form.matches()) {
      throw new UnreadableHashException("unreadable pbkdf2-sha256 hash", WRITE_ONE);
    }
    return pbkdf2("PBKDF2WithHmacSHA256", PBKDF2_ITERATIONS_MIN, form, text);
  }

  private static PasswordHash pbkdf2(String algorithm, int min, Matcher form, String text)
      throws UnreadableHashException {
    int iterations = Integer.parseInt(form.group(1));
    if (iterations < min || iterations > ITERATIONS_MAX) {
      throw new UnreadableHashException(
          iterations + " iterations (expected: " + min + "-" + ITERATIONS_MAX + ")", WRITE_ONE);
    }
    try {
      byte[] salt = base64(form.group(2));
      byte[] hash = base64(form.group(3));
      if (salt.length > 0 && hash.length >= 16 && hash.length <= 64) {
        return new Pbkdf2(algorithm, iterations, salt, hash);
      }
    } catch (IllegalArgumentException _) {
      // answered below
    }
    throw new UnreadableHashException(
        "unreadable " + text.substring(0, text.indexOf('$', 1) + 1) + " hash", WRITE_ONE);
  }

  // Some writers use a point for the plus sign and leave the padding out.
  private static byte[] base64(String text) {
    return Base64.getDecoder().decode(text.replace('.', '+').replace("=", ""));
  }

  static byte[] utf8(Secret secret) {
    return secret.reveal().getBytes(StandardCharsets.UTF_8);
  }

  static boolean isEmpty(Secret secret) {
    return secret.matches(new byte[0]);
  }
}
