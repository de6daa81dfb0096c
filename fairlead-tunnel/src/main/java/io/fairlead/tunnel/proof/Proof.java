package io.fairlead.tunnel.proof;

import io.fairlead.tunnel.codec.AgentKey;
import io.fairlead.tunnel.codec.Binary;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.Signature;
import java.util.function.UnaryOperator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Proves that an agent holds a key or a secret: a signature or HMAC-SHA-256 over a label, the
 * server's nonce, the TLS connection's exporter (RFC 9266 {@code tls-exporter}) and the agent's
 * name. So a proof is good for one connection only, whoever passes it on. Stateless.
 */
public final class Proof {
  /** Length of an exporter. */
  public static final int EXPORTER_BYTES = 32;

  private static final byte[] LABEL = "fairlead-tunnel-auth-v1".getBytes(StandardCharsets.US_ASCII);

  private Proof() {}

  private static byte[] transcript(Binary nonce, Binary exporter, String agent) {
    if (exporter.length() != EXPORTER_BYTES) {
      throw new IllegalArgumentException("exporter: " + exporter.length() + " (expected: 32)");
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(LABEL);
    out.write(0);
    out.writeBytes(nonce.bytes());
    out.writeBytes(exporter.bytes());
    out.writeBytes(agent.getBytes(StandardCharsets.UTF_8));
    return out.toByteArray();
  }

  /**
   * @param signer makes Ed25519 signatures (RFC 8032)
   */
  public static Binary signed(
      UnaryOperator<byte[]> signer, Binary nonce, Binary exporter, String agent) {
    return Binary.of(signer.apply(transcript(nonce, exporter, agent)));
  }

  public static Binary sealed(Binary secret, Binary nonce, Binary exporter, String agent) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.bytes(), "HmacSHA256"));
      return Binary.of(mac.doFinal(transcript(nonce, exporter, agent)));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every Java platform has HmacSHA256", impossible);
    }
  }

  /** Whether the key's owner made it. */
  public static boolean verify(
      AgentKey key, Binary proof, Binary nonce, Binary exporter, String agent) {
    if (proof.length() != 64) return false;
    try {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initVerify(key.toPublicKey());
      signature.update(transcript(nonce, exporter, agent));
      return signature.verify(proof.bytes());
    } catch (GeneralSecurityException bad) {
      return false; // a key that is no point of the curve, or a malformed signature
    }
  }

  /** Whether somebody who knows the secret made it; takes the same time for every wrong one. */
  public static boolean verify(
      Binary secret, Binary proof, Binary nonce, Binary exporter, String agent) {
    return MessageDigest.isEqual(sealed(secret, nonce, exporter, agent).bytes(), proof.bytes());
  }
}
