package io.fairlead.core.unit;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * A value that never prints. Two secrets are equal when their text is; compared in constant time.
 */
public final class Secret {
  private final byte[] utf8;

  private Secret(byte[] utf8) {
    this.utf8 = utf8;
  }

  public static Secret of(String text) {
    return new Secret(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The text itself; hand it only to what needs it. */
  public String reveal() {
    return new String(utf8, StandardCharsets.UTF_8);
  }

  /** Constant-time comparison with bytes from outside. */
  public boolean matches(byte[] candidate) {
    return MessageDigest.isEqual(utf8, candidate);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Secret secret && MessageDigest.isEqual(utf8, secret.utf8);
  }

  @Override
  public int hashCode() {
    return 0; // reveals nothing; secrets are never map keys in numbers
  }

  @Override
  public String toString() {
    return "***";
  }
}
