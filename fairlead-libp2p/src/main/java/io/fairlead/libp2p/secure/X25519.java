package io.fairlead.libp2p.secure;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.XECPrivateKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.security.spec.XECPrivateKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.KeyAgreement;

/**
 * Diffie-Hellman over Curve25519, computed by the Java platform.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7748#section-5">RFC 7748 §5</a>
 */
final class X25519 {
  static final int KEY_BYTES = 32;

  /** SubjectPublicKeyInfo up to the key (RFC 8410 §4). */
  private static final byte[] SPKI = HexFormat.of().parseHex("302a300506032b656e032100");

  private X25519() {}

  /** A key pair: the 32 bytes of the scalar, and those of the public half. Never printed. */
  record Pair(byte[] secret, byte[] open) {
    @Override
    public String toString() {
      return "x25519 key pair of " + HexFormat.of().formatHex(open);
    }
  }

  static Pair generate() {
    try {
      KeyPair pair = KeyPairGenerator.getInstance("X25519").generateKeyPair();
      byte[] spki = pair.getPublic().getEncoded();
      byte[] secret = ((XECPrivateKey) pair.getPrivate()).getScalar().orElseThrow();
      return new Pair(secret, Arrays.copyOfRange(spki, SPKI.length, spki.length));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every Java platform of today has X25519", impossible);
    }
  }

  /**
   * The shared secret.
   *
   * @throws HandshakeException the other half is of low order, so the secret would be known to all
   */
  static byte[] agree(byte[] secret, byte[] open) throws HandshakeException {
    byte[] spki = Arrays.copyOf(SPKI, SPKI.length + KEY_BYTES);
    System.arraycopy(open, 0, spki, SPKI.length, KEY_BYTES);
    try {
      KeyFactory keys = KeyFactory.getInstance("X25519");
      KeyAgreement agreement = KeyAgreement.getInstance("X25519");
      agreement.init(
          keys.generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, secret)));
      agreement.doPhase(keys.generatePublic(new X509EncodedKeySpec(spki)), true);
      byte[] shared = agreement.generateSecret();
      int bits = 0;
      for (byte b : shared) bits |= b;
      if (bits != 0) return shared;
    } catch (GeneralSecurityException lowOrder) {
      // The platform refuses such keys by itself.
    }
    throw lowOrder();
  }

  static HandshakeException lowOrder() {
    return new HandshakeException(
        HandshakeException.Reason.MALFORMED, "x25519: a key of low order");
  }
}
