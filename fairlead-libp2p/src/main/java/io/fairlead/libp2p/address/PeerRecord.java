package io.fairlead.libp2p.address;

import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.codec.PeerRecordMessage;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.libp2p.key.SignedEnvelope;
import java.util.List;

/**
 * Where a peer says it can be reached, in a form that others can pass on.
 *
 * @param peer who says so
 * @param sequence unsigned; of two records of a peer the higher one holds
 * @see <a href="https://github.com/libp2p/specs/blob/master/RFC/0003-routing-records.md">routing
 *     records</a>
 */
public record PeerRecord(PeerId peer, long sequence, List<Multiaddr> addresses) {
  public PeerRecord {
    addresses = List.copyOf(addresses);
  }

  /** Signs it, as {@code peer}. */
  public byte[] seal(PrivateKey key) {
    if (!key.peerId().equals(peer)) {
      throw new IllegalArgumentException("key: of " + key.peerId() + " (expected: " + peer + ")");
    }
    byte[] payload =
        new PeerRecordMessage(
                peer.toBytes(), sequence, addresses.stream().map(Multiaddr::toBytes).toList())
            .toBytes();
    return SignedEnvelope.seal(SignedEnvelope.Kind.PEER_RECORD, payload, key);
  }

  /**
   * Opens a record; addresses that cannot be read are passed over.
   *
   * @throws MalformedException no record, or not signed by the peer it names
   */
  public static PeerRecord open(byte[] envelope) throws MalformedException {
    SignedEnvelope opened = SignedEnvelope.open(SignedEnvelope.Kind.PEER_RECORD, envelope);
    PeerRecordMessage message = PeerRecordMessage.read(opened.payload());
    PeerId peer = PeerId.of(message.peerId());
    if (!opened.signer().peerId().equals(peer)) {
      throw new MalformedException("peer record: not signed by the peer it names");
    }
    return new PeerRecord(peer, message.sequence(), Multiaddr.readable(message.addresses()));
  }

  /** Whether it replaces one with {@code sequence}. */
  public boolean newerThan(long sequence) {
    return Long.compareUnsigned(this.sequence, sequence) > 0;
  }
}
