package io.fairlead.libp2p.key;

import io.fairlead.libp2p.codec.EnvelopeMessage;
import io.fairlead.libp2p.codec.MalformedException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A payload whose signature holds.
 *
 * @param signer whose signature it is
 * @param payload what was signed
 * @see <a href="https://github.com/libp2p/specs/blob/master/RFC/0002-signed-envelopes.md">signed
 *     envelopes</a>
 */
public record SignedEnvelope(PublicKey signer, byte[] payload) {
  /**
   * What kinds of payload are signed. A signature for one kind is none for another: the domain is
   * signed along, and the type must match.
   */
  public enum Kind {
    PEER_RECORD("libp2p-peer-record", 0x03, 0x01),
    RESERVATION_VOUCHER("libp2p-relay-rsvp", 0x03, 0x02);

    private final byte[] domain;
    private final byte[] type;

    /** The type is two bytes as they are, not the varint of a number. */
    Kind(String domain, int... type) {
      this.domain = domain.getBytes(StandardCharsets.US_ASCII);
      this.type = new byte[] {(byte) type[0], (byte) type[1]};
    }
  }

  /** Signs a payload and packs it. */
  public static byte[] seal(Kind kind, byte[] payload, PrivateKey key) {
    byte[] signature = key.sign(EnvelopeMessage.signedBytes(kind.domain, kind.type, payload));
    return new EnvelopeMessage(key.publicKey().toBytes(), kind.type, payload, signature).toBytes();
  }

  /**
   * Unpacks a payload and checks its signature.
   *
   * @throws MalformedException no envelope, one of another kind, or a signature that does not hold
   */
  public static SignedEnvelope open(Kind kind, byte[] envelope) throws MalformedException {
    EnvelopeMessage message = EnvelopeMessage.read(envelope);
    if (!Arrays.equals(message.payloadType(), kind.type)) {
      throw new MalformedException("envelope: of another kind (expected: " + kind + ")");
    }
    try {
      PublicKey signer = PublicKey.read(message.publicKey());
      byte[] signed = EnvelopeMessage.signedBytes(kind.domain, kind.type, message.payload());
      if (!signer.verify(signed, message.signature())) {
        throw new MalformedException("envelope: the signature does not hold");
      }
      return new SignedEnvelope(signer, message.payload());
    } catch (UnusableKeyException unusable) {
      throw new MalformedException("envelope: " + unusable.getMessage());
    }
  }
}
