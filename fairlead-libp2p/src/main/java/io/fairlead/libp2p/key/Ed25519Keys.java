package io.fairlead.libp2p.key;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/** Ed25519 (RFC 8032), with the fixed DER forms of RFC 8410. */
final class Ed25519Keys {
  private static final String ALGORITHM = "Ed25519";
  private static final int KEY_BYTES = 32;

  /** SubjectPublicKeyInfo up to the key. */
  private static final byte[] SPKI = HexFormat.of().parseHex("302a300506032b6570032100");

  /** PKCS#8 up to the seed. */
  private static final byte[] PKCS8 = HexFormat.of().parseHex("302e020100300506032b657004220420");

  private Ed25519Keys() {}

  static PublicKey.Verifier verifier(byte[] raw) throws UnusableKeyException {
    if (raw.length != KEY_BYTES) throw wrongSize(raw.length);
    try {
      java.security.PublicKey key =
          KeyFactory.getInstance(ALGORITHM)
              .generatePublic(new X509EncodedKeySpec(joined(SPKI, raw)));
      return (message, signature) -> PlatformSignature.verify(ALGORITHM, key, message, signature);
    } catch (GeneralSecurityException notAKey) {
      throw new UnusableKeyException("ed25519 key: no point of the curve");
    }
  }

  static PrivateKey.Halves generate() {
    try {
      KeyPair pair = KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
      byte[] pkcs8 = pair.getPrivate().getEncoded();
      byte[] seed = Arrays.copyOfRange(pkcs8, PKCS8.length, PKCS8.length + KEY_BYTES);
      byte[] spki = pair.getPublic().getEncoded();
      return halves(seed, Arrays.copyOfRange(spki, SPKI.length, spki.length));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every Java platform of today has Ed25519", impossible);
    }
  }

  /** Seed and public key; the older form has the public key twice. */
  static PrivateKey.Halves read(byte[] data) throws UnusableKeyException {
    if (data.length != 2 * KEY_BYTES && data.length != 3 * KEY_BYTES) throw wrongSize(data.length);
    byte[] seed = Arrays.copyOf(data, KEY_BYTES);
    byte[] publicKey = Arrays.copyOfRange(data, KEY_BYTES, 2 * KEY_BYTES);
    boolean same =
        data.length == 2 * KEY_BYTES
            || Arrays.equals(publicKey, Arrays.copyOfRange(data, 2 * KEY_BYTES, data.length));
    if (!same || !Arrays.equals(publicKey, publicOf(seed))) {
      throw new UnusableKeyException("ed25519 key: its halves do not belong together");
    }
    return halves(seed, publicKey);
  }

  static boolean isPkcs8(byte[] der) {
    // The algorithm stands at the same place whether attributes follow or not.
    return der.length > PKCS8.length && Arrays.equals(der, 5, 12, PKCS8, 5, 12);
  }

  static PrivateKey.Halves readPkcs8(byte[] der) throws UnusableKeyException {
    int at = PKCS8.length;
    boolean fits = der.length >= at + KEY_BYTES && Arrays.equals(der, 12, at, PKCS8, 12, at);
    if (!fits) throw new UnusableKeyException("ed25519 key: not as RFC 8410 says");
    byte[] seed = Arrays.copyOfRange(der, at, at + KEY_BYTES);
    return halves(seed, publicOf(seed));
  }

  private static PrivateKey.Halves halves(byte[] seed, byte[] publicKey) {
    try {
      java.security.PrivateKey key =
          KeyFactory.getInstance(ALGORITHM)
              .generatePrivate(new PKCS8EncodedKeySpec(joined(PKCS8, seed)));
      return new PrivateKey.Halves(
          joined(seed, publicKey),
          publicKey,
          message -> PlatformSignature.sign(ALGORITHM, key, message));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every seed is a key", impossible);
    }
  }

  /** The platform signs with a seed but does not tell the public key of one. */
  private static byte[] publicOf(byte[] seed) {
    byte[] publicKey = new byte[KEY_BYTES];
    Ed25519.generatePublicKey(seed, 0, publicKey, 0);
    return publicKey;
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private static UnusableKeyException wrongSize(int bytes) {
    return new UnusableKeyException("ed25519 key: " + bytes + " bytes");
  }
}
