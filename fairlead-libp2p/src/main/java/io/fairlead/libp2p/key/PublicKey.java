package io.fairlead.libp2p.key;

import io.fairlead.libp2p.codec.KeyMessage;
import io.fairlead.libp2p.codec.MalformedException;
import java.util.Arrays;

/**
 * The public half of an identity. Immutable; any thread; equal by kind and bytes.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md">peer ids</a>
 */
public final class PublicKey {
  private final KeyType type;
  private final byte[] data;
  private final byte[] message;
  private final Verifier verifier;
  private final PeerId peerId;

  private PublicKey(KeyType type, byte[] data, Verifier verifier) {
    this.type = type;
    this.data = data;
    this.message = new KeyMessage(type.number(), data).toBytes();
    this.verifier = verifier;
    this.peerId = PeerId.ofKeyMessage(message);
  }

  /** Checks one signature; false for whatever is wrong with it. */
  interface Verifier {
    boolean verify(byte[] message, byte[] signature);
  }

  /**
   * Reads a {@code PublicKey} message.
   *
   * @throws UnusableKeyException malformed, or of a kind or size that is not supported
   */
  public static PublicKey read(byte[] message) throws UnusableKeyException {
    try {
      KeyMessage key = KeyMessage.read(message);
      return of(KeyType.of(key.type()), key.data());
    } catch (MalformedException malformed) {
      throw new UnusableKeyException(malformed.getMessage());
    }
  }

  /**
   * A key in the form of its kind: raw (Ed25519), a compressed point (secp256k1), or DER of
   * SubjectPublicKeyInfo (RSA, ECDSA).
   *
   * @param data borrows
   * @throws UnusableKeyException malformed, or of a size that is not supported
   */
  public static PublicKey of(KeyType type, byte[] data) throws UnusableKeyException {
    byte[] own = data.clone();
    Verifier verifier =
        switch (type) {
          case ED25519 -> Ed25519Keys.verifier(own);
          case RSA -> RsaKeys.verifier(own);
          case ECDSA -> EcdsaKeys.verifier(own);
          case SECP256K1 -> OptionalCurve.verifier(own);
        };
    return new PublicKey(type, own, verifier);
  }

  public KeyType type() {
    return type;
  }

  /** The key in the form of its kind; a copy. */
  public byte[] data() {
    return data.clone();
  }

  /** The canonical {@code PublicKey} message; a copy. */
  public byte[] toBytes() {
    return message.clone();
  }

  public PeerId peerId() {
    return peerId;
  }

  /** Whether {@code signature} over {@code message} is of the private half. */
  public boolean verify(byte[] message, byte[] signature) {
    return verifier.verify(message, signature);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PublicKey key && Arrays.equals(message, key.message);
  }

  @Override
  public int hashCode() {
    return peerId.hashCode();
  }

  @Override
  public String toString() {
    return type + " " + peerId;
  }
}
