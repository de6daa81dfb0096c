package io.fairlead.http.upstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Names endpoints in cookies so that nobody learns their addresses or can make up a name:
 * HMAC-SHA256, half of it, of what identifies the endpoint. Thread-safe.
 */
final class Stickiness {
  private static final String ALGORITHM = "HmacSHA256";
  private static final int BYTES = 16;

  private final byte[] ownKey;

  /**
   * @param ownKey for clusters without a secret of their own
   */
  Stickiness(byte[] ownKey) {
    this.ownKey = ownKey.clone();
  }

  String token(BalanceConfig.Sticky sticky, String endpoint) {
    byte[] key = sticky.secret().map(secret -> secret.reveal().getBytes(UTF_8)).orElse(ownKey);
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key, ALGORITHM));
      return HexFormat.of().formatHex(mac.doFinal(endpoint.getBytes(UTF_8)), 0, BYTES);
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("every Java has " + ALGORITHM, missing);
    }
  }
}
