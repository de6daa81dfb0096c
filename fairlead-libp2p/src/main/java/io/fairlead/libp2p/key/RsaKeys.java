package io.fairlead.libp2p.key;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;

/** RSA with PKCS#1 version 1.5 and SHA-256 (RFC 8017 §8.2). */
final class RsaKeys {
  private static final String ALGORITHM = "SHA256withRSA";
  private static final int BITS_MIN = 2048;
  private static final int BITS_MAX = 8192;

  /** AlgorithmIdentifier of rsaEncryption (RFC 8017, appendix A.1). */
  private static final byte[] IDENTIFIER =
      HexFormat.of().parseHex("300d06092a864886f70d0101010500");

  private static final byte[] VERSION = {0x02, 0x01, 0x00};

  private RsaKeys() {}

  static PublicKey.Verifier verifier(byte[] spki) throws UnusableKeyException {
    try {
      RSAPublicKey key =
          (RSAPublicKey) KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(spki));
      checkSize(key.getModulus().bitLength());
      return (message, signature) -> PlatformSignature.verify(ALGORITHM, key, message, signature);
    } catch (GeneralSecurityException notAKey) {
      throw new UnusableKeyException("rsa key: no SubjectPublicKeyInfo");
    }
  }

  /** Reads PKCS#1 (RFC 8017, appendix A.1.2). */
  static PrivateKey.Halves read(byte[] pkcs1) throws UnusableKeyException {
    return readPkcs8(Der.of(Der.SEQUENCE, VERSION, IDENTIFIER, Der.of(Der.OCTET_STRING, pkcs1)));
  }

  static boolean isPkcs8(byte[] der) {
    try {
      Der.Reader inside = new Der.Reader(new Der.Reader(der).take(Der.SEQUENCE));
      inside.take(Der.INTEGER);
      return Arrays.equals(Der.of(Der.SEQUENCE, inside.take(Der.SEQUENCE)), IDENTIFIER);
    } catch (UnusableKeyException _) {
      return false;
    }
  }

  static PrivateKey.Halves readPkcs8(byte[] der) throws UnusableKeyException {
    try {
      KeyFactory factory = KeyFactory.getInstance("RSA");
      java.security.PrivateKey read = factory.generatePrivate(new PKCS8EncodedKeySpec(der));
      if (!(read instanceof RSAPrivateCrtKey key)) {
        throw new UnusableKeyException("rsa key: without its primes");
      }
      checkSize(key.getModulus().bitLength());
      Der.Reader inside = new Der.Reader(new Der.Reader(key.getEncoded()).take(Der.SEQUENCE));
      inside.take(Der.INTEGER);
      inside.take(Der.SEQUENCE);
      byte[] pkcs1 = inside.take(Der.OCTET_STRING);
      byte[] spki =
          factory
              .generatePublic(new RSAPublicKeySpec(key.getModulus(), key.getPublicExponent()))
              .getEncoded();
      return new PrivateKey.Halves(
          pkcs1, spki, message -> PlatformSignature.sign(ALGORITHM, key, message));
    } catch (GeneralSecurityException notAKey) {
      throw new UnusableKeyException("rsa key: no private key");
    }
  }

  private static void checkSize(int bits) throws UnusableKeyException {
    if (bits < BITS_MIN || bits > BITS_MAX) {
      throw new UnusableKeyException(
          "rsa key: " + bits + " bits (expected: " + BITS_MIN + " - " + BITS_MAX + ")");
    }
  }
}
