package io.fairlead.relay.codec;

import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.codec.ProtoReader;
import io.fairlead.libp2p.codec.ProtoWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A peer as messages name it.
 *
 * @param id multihash, unchecked
 * @param addresses binary multiaddrs, unchecked; at most {@link #ADDRESSES_MAX}, the rest is passed
 *     over
 */
public record PeerMessage(byte[] id, List<byte[]> addresses) {
  public static final int ADDRESSES_MAX = 100;

  public PeerMessage {
    addresses = List.copyOf(addresses);
  }

  public static PeerMessage of(byte[] id) {
    return new PeerMessage(id, List.of());
  }

  static PeerMessage read(byte[] message) throws MalformedException {
    ProtoReader in = new ProtoReader(message);
    Optional<byte[]> id = Optional.empty();
    List<byte[]> addresses = new ArrayList<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> id = Optional.of(in.bytes());
        case 2 -> add(addresses, in.bytes());
        default -> in.skip();
      }
    }
    return new PeerMessage(
        id.orElseThrow(() -> new MalformedException("peer: without id")), addresses);
  }

  static void add(List<byte[]> addresses, byte[] address) {
    if (addresses.size() < ADDRESSES_MAX) addresses.add(address);
  }

  byte[] toBytes() {
    ProtoWriter out = new ProtoWriter().bytes(1, id);
    for (byte[] address : addresses) out.bytes(2, address);
    return out.toBytes();
  }
}
