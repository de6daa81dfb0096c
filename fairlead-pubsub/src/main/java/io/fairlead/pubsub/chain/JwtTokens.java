package io.fairlead.pubsub.chain;

import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Tokens signed with HMAC-SHA256 (RFC 7515, RFC 7519) that say when they were made and nothing
 * else, as execution clients expect them. Thread-safe.
 */
public final class JwtTokens {
  private static final String HEADER = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";

  private final Clock clock;

  public JwtTokens(Clock clock) {
    this.clock = clock;
  }

  /**
   * A token for now.
   *
   * @param key hex, with or without 0x
   */
  public Secret sign(Secret key) {
    String text = key.reveal();
    byte[] bytes = HexFormat.of().parseHex(text.startsWith("0x") ? text.substring(2) : text);
    String signed =
        coded(HEADER.getBytes(StandardCharsets.US_ASCII))
            + "."
            + coded(
                ("{\"iat\":" + clock.wall().getEpochSecond() + "}")
                    .getBytes(StandardCharsets.US_ASCII));
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(bytes, "HmacSHA256"));
      return Secret.of(
          signed + "." + coded(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII))));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every Java platform has HmacSHA256", impossible);
    }
  }

  private static String coded(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
