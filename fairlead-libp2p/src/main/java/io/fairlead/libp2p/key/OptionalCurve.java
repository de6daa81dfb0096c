package io.fairlead.libp2p.key;

/** The way to {@link Secp256k1Keys}, whose library a program may leave out. */
final class OptionalCurve {
  private OptionalCurve() {}

  static PublicKey.Verifier verifier(byte[] data) throws UnusableKeyException {
    try {
      return Secp256k1Keys.verifier(data);
    } catch (LinkageError missing) {
      throw unsupported();
    }
  }

  static PrivateKey.Halves read(byte[] data) throws UnusableKeyException {
    try {
      return Secp256k1Keys.read(data);
    } catch (LinkageError missing) {
      throw unsupported();
    }
  }

  private static UnusableKeyException unsupported() {
    return new UnusableKeyException("secp256k1 key: unsupported without Bouncy Castle");
  }
}
