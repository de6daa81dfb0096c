package io.fairlead.libp2p.key;

import io.fairlead.libp2p.codec.KeyMessage;
import io.fairlead.libp2p.codec.MalformedException;

/**
 * An identity: it signs, and its public half names the peer. Immutable; any thread. Never printed.
 */
public final class PrivateKey {
  private final KeyType type;
  private final byte[] data;
  private final PublicKey publicKey;
  private final Signer signer;

  private PrivateKey(KeyType type, byte[] data, PublicKey publicKey, Signer signer) {
    this.type = type;
    this.data = data;
    this.publicKey = publicKey;
    this.signer = signer;
  }

  /** Signs one message. */
  interface Signer {
    byte[] sign(byte[] message);
  }

  /** What a kind of key makes of a private half: the form to store, the public half, the signer. */
  record Halves(byte[] data, byte[] publicData, Signer signer) {}

  /** A new Ed25519 identity. */
  public static PrivateKey generate() {
    return of(KeyType.ED25519, Ed25519Keys.generate());
  }

  /**
   * Reads a {@code PrivateKey} message.
   *
   * @throws UnusableKeyException malformed, of a kind or size that is not supported, or its halves
   *     do not belong together
   */
  public static PrivateKey read(byte[] message) throws UnusableKeyException {
    try {
      KeyMessage key = KeyMessage.read(message);
      KeyType type = KeyType.of(key.type());
      return of(
          type,
          switch (type) {
            case ED25519 -> Ed25519Keys.read(key.data());
            case RSA -> RsaKeys.read(key.data());
            case ECDSA -> EcdsaKeys.read(key.data());
            case SECP256K1 -> OptionalCurve.read(key.data());
          });
    } catch (MalformedException malformed) {
      throw new UnusableKeyException(malformed.getMessage());
    }
  }

  /**
   * Reads a PKCS#8 key (RFC 5958) of Ed25519, RSA, or ECDSA over a NIST curve.
   *
   * @throws UnusableKeyException another kind, or malformed
   */
  static PrivateKey readPkcs8(byte[] der) throws UnusableKeyException {
    if (Ed25519Keys.isPkcs8(der)) return of(KeyType.ED25519, Ed25519Keys.readPkcs8(der));
    if (RsaKeys.isPkcs8(der)) return of(KeyType.RSA, RsaKeys.readPkcs8(der));
    return of(KeyType.ECDSA, EcdsaKeys.readPkcs8(der));
  }

  private static PrivateKey of(KeyType type, Halves halves) {
    try {
      return new PrivateKey(
          type, halves.data(), PublicKey.of(type, halves.publicData()), halves.signer());
    } catch (UnusableKeyException impossible) {
      throw new IllegalStateException("a public half of our own making", impossible);
    }
  }

  public KeyType type() {
    return type;
  }

  public PublicKey publicKey() {
    return publicKey;
  }

  public PeerId peerId() {
    return publicKey.peerId();
  }

  /** Signs as its kind does: Ed25519 over the message, the others over its SHA-256. */
  public byte[] sign(byte[] message) {
    return signer.sign(message);
  }

  /** The {@code PrivateKey} message: secret. */
  public byte[] toBytes() {
    return new KeyMessage(type.number(), data).toBytes();
  }

  @Override
  public String toString() {
    return type + " private key of " + peerId();
  }
}
