package io.fairlead.control.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.core.unit.Secret;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A token of the configuration: what it is called in the audit file and what it may do. Only its
 * SHA-256 is kept. Immutable.
 */
public final class NamedToken {
  /** 128 bits in base64 without padding. */
  private static final int CHARS_MIN = 22;

  /** 128 bits in hex. */
  private static final int HEX_MIN = 32;

  private static final int CHARS_MAX = 512;

  /** Random text of that length has more; a key that is leant on does not. */
  private static final int DISTINCT_MIN = 8;

  private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]*");
  private static final Pattern VISIBLE = Pattern.compile("[\\x21-\\x7e]+");

  private final String name;
  private final Role role;
  private final byte[] digest;

  /**
   * @param secret of at least 128 bits, see {@link #weakness}
   */
  public NamedToken(String name, Role role, Secret secret) {
    this.name = name;
    this.role = role;
    this.digest = sha256(secret.reveal());
  }

  public String name() {
    return name;
  }

  public Role role() {
    return role;
  }

  /** What keeps a text from being a token of at least 128 bits; empty when nothing does. */
  public static Optional<String> weakness(Secret secret) {
    String text = secret.reveal();
    if (!VISIBLE.matcher(text).matches()) {
      return Optional.of("has characters that no header carries");
    }
    if (text.length() > CHARS_MAX) {
      return Optional.of("is longer than " + CHARS_MAX + " characters");
    }
    int min = HEX.matcher(text).matches() ? HEX_MIN : CHARS_MIN;
    if (text.length() < min) {
      return Optional.of("is shorter than " + min + " characters, which is less than 128 bits");
    }
    if (text.chars().distinct().count() < DISTINCT_MIN) return Optional.of("repeats itself");
    return Optional.empty();
  }

  /** The one that is meant; every one is compared, each in constant time. */
  static Optional<NamedToken> find(List<NamedToken> tokens, String candidate) {
    byte[] shown = sha256(candidate);
    Optional<NamedToken> found = Optional.empty();
    for (NamedToken token : tokens) {
      boolean same = MessageDigest.isEqual(token.digest, shown);
      if (same && found.isEmpty()) found = Optional.of(token);
    }
    return found;
  }

  /** For secrets that are compared and never shown again. */
  static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NamedToken token
        && name.equals(token.name)
        && role == token.role
        && MessageDigest.isEqual(digest, token.digest);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return name + " (" + role + ")";
  }
}
