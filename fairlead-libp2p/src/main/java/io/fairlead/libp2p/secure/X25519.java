package io.fairlead.libp2p.secure;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.KeyAgreement;

/**
 * Diffie-Hellman over Curve25519.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7748#section-5">RFC 7748 §5</a>
 */
final class X25519 {
  static final int KEY_BYTES = 32;

  /** SubjectPublicKeyInfo up to the key (RFC 8410 §4). */
  private static final byte[] SPKI = HexFormat.of().parseHex("302a300506032b656e032100");

  private X25519() {}

  /** A key pair; {@code open} are the 32 bytes of the public half. */
  record Pair(PrivateKey secret, byte[] open) {}

  static Pair generate() {
    try {
      KeyPair pair = KeyPairGenerator.getInstance("X25519").generateKeyPair();
      byte[] spki = pair.getPublic().getEncoded();
      return new Pair(pair.getPrivate(), Arrays.copyOfRange(spki, SPKI.length, spki.length));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every Java platform of today has X25519", impossible);
    }
  }

  /**
   * The shared secret.
   *
   * @throws HandshakeException the other half is of low order, so the secret would be known to all
   */
  static byte[] agree(PrivateKey secret, byte[] open) throws HandshakeException {
    byte[] spki = Arrays.copyOf(SPKI, SPKI.length + KEY_BYTES);
    System.arraycopy(open, 0, spki, SPKI.length, KEY_BYTES);
    try {
      KeyAgreement agreement = KeyAgreement.getInstance("X25519");
      agreement.init(secret);
      agreement.doPhase(
          KeyFactory.getInstance("X25519").generatePublic(new X509EncodedKeySpec(spki)), true);
      byte[] shared = agreement.generateSecret();
      int bits = 0;
      for (byte b : shared) bits |= b;
      if (bits != 0) return shared;
    } catch (GeneralSecurityException lowOrder) {
      // The platform refuses such keys by itself.
    }
    throw new HandshakeException(HandshakeException.Reason.MALFORMED, "x25519: a key of low order");
  }
}
