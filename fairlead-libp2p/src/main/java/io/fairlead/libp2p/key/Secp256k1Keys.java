package io.fairlead.libp2p.key;

import java.io.IOException;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.bouncycastle.math.ec.ECPoint;

/** ECDSA with SHA-256 over secp256k1 (SEC 2 §2.4.1); signatures are deterministic (RFC 6979). */
final class Secp256k1Keys {
  private static final int POINT_BYTES = 33;
  private static final int SECRET_BYTES = 32;
  private static final ECDomainParameters CURVE = curve();

  private Secp256k1Keys() {}

  static PublicKey.Verifier verifier(byte[] compressed) throws UnusableKeyException {
    if (compressed.length != POINT_BYTES || compressed[0] != 2 && compressed[0] != 3) {
      throw new UnusableKeyException("secp256k1 key: no compressed point");
    }
    ECPublicKeyParameters key;
    try {
      key = new ECPublicKeyParameters(CURVE.getCurve().decodePoint(compressed), CURVE);
    } catch (IllegalArgumentException notOnCurve) {
      throw new UnusableKeyException("secp256k1 key: no point of the curve");
    }
    return (message, signature) -> verify(key, message, signature);
  }

  static PrivateKey.Halves read(byte[] data) throws UnusableKeyException {
    BigInteger secret = new BigInteger(1, data);
    if (data.length != SECRET_BYTES
        || secret.signum() == 0
        || secret.compareTo(CURVE.getN()) >= 0) {
      throw new UnusableKeyException("secp256k1 key: no private key of the curve");
    }
    ECPoint point = CURVE.getG().multiply(secret).normalize();
    ECPrivateKeyParameters key = new ECPrivateKeyParameters(secret, CURVE);
    return new PrivateKey.Halves(
        data.clone(), point.getEncoded(true), message -> sign(key, message));
  }

  private static boolean verify(ECPublicKeyParameters key, byte[] message, byte[] signature) {
    try {
      BigInteger[] parts = StandardDSAEncoding.INSTANCE.decode(CURVE.getN(), signature);
      ECDSASigner verifier = new ECDSASigner();
      verifier.init(false, key);
      return verifier.verifySignature(sha256(message), parts[0], parts[1]);
    } catch (IOException | IllegalArgumentException notASignature) {
      return false;
    }
  }

  private static byte[] sign(ECPrivateKeyParameters key, byte[] message) {
    ECDSASigner signer = new ECDSASigner(new HMacDSAKCalculator(new SHA256Digest()));
    signer.init(true, key);
    BigInteger[] parts = signer.generateSignature(sha256(message));
    // Of the two signatures that hold, the one with the lower s: some peers take no other.
    BigInteger half = CURVE.getN().shiftRight(1);
    BigInteger s = parts[1].compareTo(half) > 0 ? CURVE.getN().subtract(parts[1]) : parts[1];
    try {
      return StandardDSAEncoding.INSTANCE.encode(CURVE.getN(), parts[0], s);
    } catch (IOException impossible) {
      throw new IllegalStateException("a signature of ours has no form", impossible);
    }
  }

  private static byte[] sha256(byte[] message) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(message);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }

  private static ECDomainParameters curve() {
    X9ECParameters parameters = CustomNamedCurves.getByName("secp256k1");
    return new ECDomainParameters(
        parameters.getCurve(), parameters.getG(), parameters.getN(), parameters.getH());
  }
}
