package io.fairlead.net.auth;

import io.fairlead.core.unit.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * What {@code Authorization} and {@code Proxy-Authorization} carry: user and password (Basic, RFC
 * 7617), or a token alone (Bearer, RFC 6750), which is a password without a user.
 */
public record BasicCredentials(String user, Secret password) {
  private static final String SCHEME = "basic ";
  private static final String BEARER = "bearer ";

  /**
   * Reads a field value. The password may hold colons, the user may not.
   *
   * @return empty when it is another scheme, no base64, or has no colon: all of that is a failed
   *     authentication, never a malformed request
   */
  public static Optional<BasicCredentials> parse(String value) {
    if (value.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      Secret token = Secret.of(value.substring(BEARER.length()).strip());
      return Optional.of(new BasicCredentials("", token));
    }
    if (!value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) return Optional.empty();
    byte[] decoded;
    try {
      decoded = Base64.getDecoder().decode(value.substring(SCHEME.length()).strip());
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
    String text = new String(decoded, StandardCharsets.UTF_8);
    int colon = text.indexOf(':');
    if (colon < 0) return Optional.empty();
    return Optional.of(
        new BasicCredentials(text.substring(0, colon), Secret.of(text.substring(colon + 1))));
  }
}
