package io.fairlead.libp2p.codec;

import java.util.Optional;

/**
 * {@code PublicKey} and {@code PrivateKey}, which have one form: the kind of key, then its bytes.
 *
 * @param type number of the kind
 * @param data the key in the form of its kind
 * @see <a href="https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md">peer ids</a>
 */
public record KeyMessage(int type, byte[] data) {
  /** Longest message read: a private RSA key of 8192 bits and some. */
  public static final int BYTES_MAX = 8192;

  /**
   * Reads a message; the order of fields and unknown fields do not matter.
   *
   * @throws MalformedException too long, no message, or a field is missing
   */
  public static KeyMessage read(byte[] message) throws MalformedException {
    if (message.length > BYTES_MAX) {
      throw new MalformedException(
          "key: " + message.length + " bytes (expected: <= " + BYTES_MAX + ")");
    }
    ProtoReader in = new ProtoReader(message);
    int type = -1;
    Optional<byte[]> data = Optional.empty();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> type = in.number();
        case 2 -> data = Optional.of(in.bytes());
        default -> in.skip();
      }
    }
    if (type < 0 || data.isEmpty()) {
      throw new MalformedException("key: type or data missing");
    }
    return new KeyMessage(type, data.get());
  }

  /** The one form whose hash is a peer id: both fields, in order. */
  public byte[] toBytes() {
    return new ProtoWriter().uint(1, type).bytes(2, data).toBytes();
  }
}
