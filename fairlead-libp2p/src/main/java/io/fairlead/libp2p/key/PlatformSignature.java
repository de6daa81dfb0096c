package io.fairlead.libp2p.key;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;

/** Signing and verifying with an algorithm of the Java platform. */
final class PlatformSignature {
  private PlatformSignature() {}

  static boolean verify(String algorithm, PublicKey key, byte[] message, byte[] signature) {
    try {
      Signature verifier = Signature.getInstance(algorithm);
      verifier.initVerify(key);
      verifier.update(message);
      return verifier.verify(signature);
    } catch (GeneralSecurityException _) {
      return false; // a signature that is none, or a point that is not on the curve
    }
  }

  static byte[] sign(String algorithm, PrivateKey key, byte[] message) {
    try {
      Signature signer = Signature.getInstance(algorithm);
      signer.initSign(key);
      signer.update(message);
      return signer.sign();
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(algorithm + " does not sign with its key", impossible);
    }
  }
}
