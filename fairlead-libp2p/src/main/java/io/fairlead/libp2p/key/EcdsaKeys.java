package io.fairlead.libp2p.key;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.ECPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** ECDSA with SHA-256 over the NIST curves; private keys as RFC 5915 says. */
final class EcdsaKeys {
  private static final String ALGORITHM = "SHA256withECDSA";

  /** OBJECT IDENTIFIER id-ecPublicKey. */
  private static final byte[] EC = HexFormat.of().parseHex("06072a8648ce3d0201");

  /** OBJECT IDENTIFIERs of P-256, P-384 and P-521. */
  private static final List<byte[]> CURVES =
      List.of(
          HexFormat.of().parseHex("06082a8648ce3d030107"),
          HexFormat.of().parseHex("06052b81040022"),
          HexFormat.of().parseHex("06052b81040023"));

  private static final byte[] VERSION = {0x02, 0x01, 0x00};
  private static final int PARAMETERS = 0xa0;
  private static final int PUBLIC_KEY = 0xa1;
  private static final int BIT_STRING = 0x03;

  private EcdsaKeys() {}

  static PublicKey.Verifier verifier(byte[] spki) throws UnusableKeyException {
    Der.Reader inside = new Der.Reader(new Der.Reader(spki).take(Der.SEQUENCE));
    requireNistCurve(inside.take(Der.SEQUENCE));
    try {
      ECPublicKey key =
          (ECPublicKey) KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(spki));
      return (message, signature) -> PlatformSignature.verify(ALGORITHM, key, message, signature);
    } catch (GeneralSecurityException notAKey) {
      throw new UnusableKeyException("ecdsa key: no point of its curve");
    }
  }

  /** Reads ECPrivateKey, which must name its curve and hold its public key. */
  static PrivateKey.Halves read(byte[] sec1) throws UnusableKeyException {
    Der.Reader inside = new Der.Reader(new Der.Reader(sec1).take(Der.SEQUENCE));
    inside.take(Der.INTEGER);
    inside.take(Der.OCTET_STRING);
    byte[] curve = inside.take(PARAMETERS);
    Der.Reader point = new Der.Reader(inside.take(PUBLIC_KEY));
    byte[] identifier = Der.of(Der.SEQUENCE, EC, curve);
    byte[] spki = Der.of(Der.SEQUENCE, identifier, Der.of(BIT_STRING, point.take(BIT_STRING)));
    byte[] pkcs8 = Der.of(Der.SEQUENCE, VERSION, identifier, Der.of(Der.OCTET_STRING, sec1));
    return halves(sec1, spki, pkcs8);
  }

  static PrivateKey.Halves readPkcs8(byte[] der) throws UnusableKeyException {
    Der.Reader inside = new Der.Reader(new Der.Reader(der).take(Der.SEQUENCE));
    inside.take(Der.INTEGER);
    byte[] algorithm = inside.take(Der.SEQUENCE);
    requireNistCurve(algorithm);
    byte[] sec1 = inside.take(Der.OCTET_STRING);
    Der.Reader key = new Der.Reader(new Der.Reader(sec1).take(Der.SEQUENCE));
    byte[] version = key.take(Der.INTEGER);
    byte[] secret = key.take(Der.OCTET_STRING);
    if (key.tag() == PARAMETERS) key.take(PARAMETERS);
    byte[] point = key.take(PUBLIC_KEY);
    // The curve stands outside here; the form a peer's key has names it inside.
    byte[] curve = Arrays.copyOfRange(algorithm, EC.length, algorithm.length);
    return read(
        Der.of(
            Der.SEQUENCE,
            Der.of(Der.INTEGER, version),
            Der.of(Der.OCTET_STRING, secret),
            Der.of(PARAMETERS, curve),
            Der.of(PUBLIC_KEY, point)));
  }

  private static PrivateKey.Halves halves(byte[] sec1, byte[] spki, byte[] pkcs8)
      throws UnusableKeyException {
    PublicKey.Verifier verifier = verifier(spki);
    PrivateKey.Signer signer;
    try {
      java.security.PrivateKey key =
          KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      signer = message -> PlatformSignature.sign(ALGORITHM, key, message);
    } catch (GeneralSecurityException notAKey) {
      throw new UnusableKeyException("ecdsa key: no private key");
    }
    if (!verifier.verify(VERSION, signer.sign(VERSION))) {
      throw new UnusableKeyException("ecdsa key: its halves do not belong together");
    }
    return new PrivateKey.Halves(sec1.clone(), spki, signer);
  }

  private static void requireNistCurve(byte[] algorithm) throws UnusableKeyException {
    for (byte[] curve : CURVES) {
      boolean same =
          algorithm.length == EC.length + curve.length
              && Arrays.equals(algorithm, 0, EC.length, EC, 0, EC.length)
              && Arrays.equals(algorithm, EC.length, algorithm.length, curve, 0, curve.length);
      if (same) return;
    }
    throw new UnusableKeyException("ecdsa key: curve (expected: P-256, P-384 or P-521)");
  }
}
