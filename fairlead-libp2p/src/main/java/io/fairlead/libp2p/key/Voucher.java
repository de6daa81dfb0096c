package io.fairlead.libp2p.key;

import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.codec.VoucherMessage;
import java.time.Instant;

/**
 * A relay's signed word that it keeps a place for a peer.
 *
 * @param relay who gives it
 * @param peer who may be reached
 * @param expiration until when, in whole seconds
 * @see <a href="https://github.com/libp2p/specs/blob/master/relay/circuit-v2.md">circuit relay v2,
 *     reservation vouchers</a>
 */
public record Voucher(PeerId relay, PeerId peer, Instant expiration) {
  /** Signs it, as {@code relay}. */
  public byte[] seal(PrivateKey key) {
    if (!key.peerId().equals(relay)) {
      throw new IllegalArgumentException("key: of " + key.peerId() + " (expected: " + relay + ")");
    }
    byte[] payload =
        new VoucherMessage(relay.toBytes(), peer.toBytes(), expiration.getEpochSecond()).toBytes();
    return SignedEnvelope.seal(SignedEnvelope.Kind.RESERVATION_VOUCHER, payload, key);
  }

  /**
   * Opens a voucher. Whether it has expired is for the caller to see.
   *
   * @throws MalformedException no voucher, or not signed by the relay it names
   */
  public static Voucher open(byte[] envelope) throws MalformedException {
    SignedEnvelope opened = SignedEnvelope.open(SignedEnvelope.Kind.RESERVATION_VOUCHER, envelope);
    VoucherMessage message = VoucherMessage.read(opened.payload());
    PeerId relay = PeerId.of(message.relay());
    if (!opened.signer().peerId().equals(relay)) {
      throw new MalformedException("voucher: not signed by the relay it names");
    }
    if (message.expiration() < 0 || message.expiration() > Instant.MAX.getEpochSecond()) {
      throw new MalformedException("voucher: expiration out of range");
    }
    return new Voucher(
        relay, PeerId.of(message.peer()), Instant.ofEpochSecond(message.expiration()));
  }
}
