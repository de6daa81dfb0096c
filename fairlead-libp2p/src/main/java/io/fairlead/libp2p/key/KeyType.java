package io.fairlead.libp2p.key;

/**
 * Kinds of identity keys, in the order of their numbers on the wire.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md">peer ids</a>
 */
public enum KeyType {
  RSA,
  ED25519,
  SECP256K1,
  ECDSA;

  /** The number in a key message. */
  public int number() {
    return ordinal();
  }

  static KeyType of(int number) throws UnusableKeyException {
    KeyType[] known = values();
    if (number >= known.length) throw new UnusableKeyException("key type: " + number);
    return known[number];
  }
}
