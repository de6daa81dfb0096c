package io.fairlead.libp2p.codec;

import java.util.Optional;

/**
 * A relay's word that it keeps a place for a peer.
 *
 * @param relay multihash
 * @param peer multihash
 * @param expiration Unix seconds, unsigned
 * @see <a href="https://github.com/libp2p/specs/blob/master/relay/circuit-v2.md">circuit relay v2,
 *     reservation vouchers</a>
 */
public record VoucherMessage(byte[] relay, byte[] peer, long expiration) {
  /**
   * Reads a voucher.
   *
   * @throws MalformedException no message, or a field is missing
   */
  public static VoucherMessage read(byte[] message) throws MalformedException {
    ProtoReader in = new ProtoReader(message);
    Optional<byte[]> relay = Optional.empty();
    Optional<byte[]> peer = Optional.empty();
    Optional<Long> expiration = Optional.empty();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> relay = Optional.of(in.bytes());
        case 2 -> peer = Optional.of(in.bytes());
        case 3 -> expiration = Optional.of(in.uint64());
        default -> in.skip();
      }
    }
    if (relay.isEmpty() || peer.isEmpty() || expiration.isEmpty()) {
      throw new MalformedException("voucher: relay, peer or expiration missing");
    }
    return new VoucherMessage(relay.get(), peer.get(), expiration.get());
  }

  public byte[] toBytes() {
    return new ProtoWriter().bytes(1, relay).bytes(2, peer).uint(3, expiration).toBytes();
  }
}
