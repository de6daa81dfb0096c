package io.fairlead.libp2p.secure;

import io.fairlead.libp2p.key.PublicKey;

/**
 * What a handshake computes over curves. Keys are plain bytes, so that one made here may be used
 * there. Any thread; agreements and signatures take too long for an event loop.
 */
interface Curves {
  /** A new key pair, with a secret of its own. */
  X25519.Pair generate();

  /**
   * The shared secret of two sides (RFC 7748 §6.1).
   *
   * @param own only its secret is looked at
   * @param open the other side's public half, 32 bytes
   * @return 32 bytes, the caller's own
   * @throws HandshakeException the other half is of low order, so the secret would be known to all
   */
  byte[] agree(X25519.Pair own, byte[] open) throws HandshakeException;

  /** Whether {@code signature} over {@code message} is of the private half of {@code key}. */
  boolean verify(PublicKey key, byte[] message, byte[] signature);

  /** Those of the Java platform. */
  Curves PLATFORM =
      new Curves() {
        @Override
        public X25519.Pair generate() {
          return X25519.generate();
        }

        @Override
        public byte[] agree(X25519.Pair own, byte[] open) throws HandshakeException {
          return X25519.agree(own.secret(), open);
        }

        @Override
        public boolean verify(PublicKey key, byte[] message, byte[] signature) {
          return key.verify(message, signature);
        }
      };
}
