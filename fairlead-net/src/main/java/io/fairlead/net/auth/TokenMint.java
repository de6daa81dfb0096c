package io.fairlead.net.auth;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;

/** Makes the tokens that {@link RegistryTokenVerifier} reads. */
public final class TokenMint {
  private TokenMint() {}

  /**
   * A token of the key's owner.
   *
   * @param audience the gateway it is for
   * @param named whether it says whose it is; without, it is shorter (a SOCKS 5 password has 255
   *     bytes) and the peer id goes into the user name
   */
  public static String mint(
      IdentityKey key, String audience, Duration life, Instant now, boolean named) {
    StringBuilder claims = new StringBuilder("{\"aud\":").append(quoted(audience));
    if (named) claims.append(",\"sub\":").append(quoted(key.publicKey().peerId()));
    claims.append(",\"exp\":").append(now.plus(life).getEpochSecond()).append('}');
    String signed = part("{\"alg\":\"EdDSA\"}") + "." + part(claims.toString());
    byte[] signature = key.sign(signed.getBytes(StandardCharsets.US_ASCII));
    return signed + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
  }

  private static String part(String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') out.append('\\').append(c);
      else if (c < 0x20) out.append(String.format("\\u%04x", (int) c));
      else out.append(c);
    }
    return out.append('"').toString();
  }
}
