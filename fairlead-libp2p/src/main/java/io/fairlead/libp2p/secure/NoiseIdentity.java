package io.fairlead.libp2p.secure;

import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.codec.NoisePayload;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.libp2p.key.PublicKey;
import io.fairlead.libp2p.key.UnusableKeyException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * The static key of this process and the node's word that it is its own. Made once: a signature for
 * each handshake would cost as much as a third of it. Immutable; any thread.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/noise/README.md">noise-libp2p</a>
 */
final class NoiseIdentity {
  private static final byte[] PREFIX =
      "noise-libp2p-static-key:".getBytes(StandardCharsets.US_ASCII);

  private final X25519.Pair pair;
  private final byte[] key;
  private final byte[] signature;

  NoiseIdentity(PrivateKey identity) {
    this(identity, X25519.generate());
  }

  /** With a static key that is given: what both sides say is then the same each time. */
  NoiseIdentity(PrivateKey identity, X25519.Pair pair) {
    this.pair = pair;
    this.key = identity.publicKey().toBytes();
    this.signature = identity.sign(signed(pair.open()));
  }

  X25519.Pair pair() {
    return pair;
  }

  byte[] payload(List<String> muxers) {
    return new NoisePayload(key, signature, muxers).toBytes();
  }

  /** Who owns a static key, as a payload proves. */
  record Proven(PublicKey key, List<String> muxers) {}

  /**
   * Checks another side's word.
   *
   * @throws HandshakeException it does not hold
   */
  static Proven prove(byte[] payload, byte[] staticKey, Curves curves) throws HandshakeException {
    try {
      NoisePayload said = NoisePayload.read(payload);
      PublicKey key = PublicKey.read(said.identityKey());
      if (!curves.verify(key, signed(staticKey), said.identitySignature())) {
        throw new HandshakeException(
            HandshakeException.Reason.BAD_SIGNATURE, "noise: the static key is not the peer's");
      }
      return new Proven(key, said.muxers());
    } catch (MalformedException malformed) {
      throw new HandshakeException(HandshakeException.Reason.MALFORMED, malformed.getMessage());
    } catch (UnusableKeyException unusable) {
      throw new HandshakeException(HandshakeException.Reason.UNUSABLE_KEY, unusable.getMessage());
    }
  }

  private static byte[] signed(byte[] staticKey) {
    byte[] bytes = Arrays.copyOf(PREFIX, PREFIX.length + staticKey.length);
    System.arraycopy(staticKey, 0, bytes, PREFIX.length, staticKey.length);
    return bytes;
  }
}
