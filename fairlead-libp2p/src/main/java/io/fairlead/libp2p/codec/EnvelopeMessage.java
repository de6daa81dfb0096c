package io.fairlead.libp2p.codec;

import java.util.Optional;

/**
 * A signed payload and whose signature it is.
 *
 * @param publicKey the signer's {@code PublicKey} message
 * @param payloadType two raw bytes for the records known today
 * @see <a href="https://github.com/libp2p/specs/blob/master/RFC/0002-signed-envelopes.md">signed
 *     envelopes</a>
 */
public record EnvelopeMessage(
    byte[] publicKey, byte[] payloadType, byte[] payload, byte[] signature) {
  /** Longest envelope read. */
  public static final int BYTES_MAX = 16_384;

  /**
   * Reads an envelope without checking its signature.
   *
   * @throws MalformedException too long, no message, or a field is missing
   */
  public static EnvelopeMessage read(byte[] message) throws MalformedException {
    if (message.length > BYTES_MAX) {
      throw new MalformedException(
          "envelope: " + message.length + " bytes (expected: <= " + BYTES_MAX + ")");
    }
    ProtoReader in = new ProtoReader(message);
    Optional<byte[]> key = Optional.empty();
    Optional<byte[]> type = Optional.empty();
    byte[] payload = {};
    Optional<byte[]> signature = Optional.empty();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> key = Optional.of(in.bytes());
        case 2 -> type = Optional.of(in.bytes());
        case 3 -> payload = in.bytes();
        case 5 -> signature = Optional.of(in.bytes());
        default -> in.skip();
      }
    }
    if (key.isEmpty() || type.isEmpty() || signature.isEmpty()) {
      throw new MalformedException("envelope: key, type or signature missing");
    }
    return new EnvelopeMessage(key.get(), type.get(), payload, signature.get());
  }

  public byte[] toBytes() {
    return new ProtoWriter()
        .bytes(1, publicKey)
        .bytes(2, payloadType)
        .bytes(3, payload)
        .bytes(5, signature)
        .toBytes();
  }

  /** What is signed: domain, type and payload, each behind its length. */
  public static byte[] signedBytes(byte[] domain, byte[] payloadType, byte[] payload) {
    byte[][] parts = {domain, payloadType, payload};
    int size = 0;
    for (byte[] part : parts) size += Varint.size(part.length) + part.length;
    byte[] out = new byte[size];
    int at = 0;
    for (byte[] part : parts) {
      at = Varint.write(part.length, out, at);
      System.arraycopy(part, 0, out, at, part.length);
      at += part.length;
    }
    return out;
  }
}
