package io.fairlead.relay.codec;

import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.codec.ProtoReader;
import io.fairlead.libp2p.codec.ProtoWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A place at a relay.
 *
 * @param expiration Unix seconds, unsigned
 * @param addresses of the relay, binary multiaddrs, unchecked; at most {@link
 *     PeerMessage#ADDRESSES_MAX}
 * @param voucher an envelope, unchecked
 */
public record ReservationMessage(
    long expiration, List<byte[]> addresses, Optional<byte[]> voucher) {
  public ReservationMessage {
    addresses = List.copyOf(addresses);
  }

  static ReservationMessage read(byte[] message) throws MalformedException {
    ProtoReader in = new ProtoReader(message);
    Optional<Long> expiration = Optional.empty();
    List<byte[]> addresses = new ArrayList<>();
    Optional<byte[]> voucher = Optional.empty();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> expiration = Optional.of(in.uint64());
        case 2 -> PeerMessage.add(addresses, in.bytes());
        case 3 -> voucher = Optional.of(in.bytes());
        default -> in.skip();
      }
    }
    return new ReservationMessage(
        expiration.orElseThrow(() -> new MalformedException("reservation: without expiration")),
        addresses,
        voucher);
  }

  byte[] toBytes() {
    ProtoWriter out = new ProtoWriter().uint(1, expiration);
    for (byte[] address : addresses) out.bytes(2, address);
    voucher.ifPresent(envelope -> out.bytes(3, envelope));
    return out.toBytes();
  }
}
