package io.fairlead.proxy.forward;

import io.fairlead.core.unit.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/** User and password as {@code Proxy-Authorization: Basic} carries them (RFC 7617). */
public record BasicCredentials(String user, Secret password) {
  private static final String SCHEME = "basic ";

  /**
   * Reads a field value. The password may hold colons, the user may not.
   *
   * @return empty when it is another scheme, no base64, or has no colon: all of that is a failed
   *     authentication, never a malformed request
   */
  public static Optional<BasicCredentials> parse(String value) {
    if (!value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) return Optional.empty();
    byte[] decoded;
    try {
      decoded = Base64.getDecoder().decode(value.substring(SCHEME.length()).strip());
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
    String text = new String(decoded, StandardCharsets.UTF_8);
    int colon = text.indexOf(':');
    if (colon < 1) return Optional.empty();
    return Optional.of(
        new BasicCredentials(text.substring(0, colon), Secret.of(text.substring(colon + 1))));
  }
}
