package io.fairlead.libp2p.codec;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where a peer says it can be reached.
 *
 * @param peerId multihash
 * @param sequence unsigned; the higher one holds
 * @param addresses binary multiaddrs, unchecked
 * @see <a href="https://github.com/libp2p/specs/blob/master/RFC/0003-routing-records.md">routing
 *     records</a>
 */
public record PeerRecordMessage(byte[] peerId, long sequence, List<byte[]> addresses) {
  public PeerRecordMessage {
    addresses = List.copyOf(addresses);
  }

  /**
   * Reads a record.
   *
   * @throws MalformedException no message, or the peer id is missing
   */
  public static PeerRecordMessage read(byte[] message) throws MalformedException {
    ProtoReader in = new ProtoReader(message);
    Optional<byte[]> peerId = Optional.empty();
    long sequence = 0;
    List<byte[]> addresses = new ArrayList<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> peerId = Optional.of(in.bytes());
        case 2 -> sequence = in.uint64();
        case 3 -> addresses.add(readAddress(in.bytes()));
        default -> in.skip();
      }
    }
    if (peerId.isEmpty()) throw new MalformedException("peer record: peer id missing");
    return new PeerRecordMessage(peerId.get(), sequence, addresses);
  }

  private static byte[] readAddress(byte[] message) throws MalformedException {
    ProtoReader in = new ProtoReader(message);
    byte[] address = {};
    while (in.next()) {
      if (in.field() == 1) address = in.bytes();
      else in.skip();
    }
    return address;
  }

  public byte[] toBytes() {
    ProtoWriter out = new ProtoWriter().bytes(1, peerId).uint(2, sequence);
    for (byte[] address : addresses) {
      out.bytes(3, new ProtoWriter().bytes(1, address).toBytes());
    }
    return out.toBytes();
  }
}
