package io.fairlead.relay.codec;

import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.codec.ProtoReader;
import io.fairlead.libp2p.codec.ProtoWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What two peers say to each other over a circuit to get rid of it.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/relay/DCUtR.md">DCUtR</a>
 */
public sealed interface DcutrMessage {
  String PROTOCOL = "/libp2p/dcutr";

  /** Longest message, without its length. */
  int BYTES_MAX = 4096;

  /**
   * Where each may be found.
   *
   * @param addresses binary multiaddrs, unchecked; at most {@link PeerMessage#ADDRESSES_MAX}
   */
  record Connect(List<byte[]> addresses) implements DcutrMessage {
    public Connect {
      addresses = List.copyOf(addresses);
    }
  }

  /** Now. */
  record Sync() implements DcutrMessage {}

  /**
   * Reads one message.
   *
   * @throws MalformedException no message, or of no known type
   */
  static DcutrMessage read(byte[] message) throws MalformedException {
    ProtoReader in = new ProtoReader(message);
    Optional<Integer> type = Optional.empty();
    List<byte[]> addresses = new ArrayList<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> type = Optional.of(in.number());
        case 2 -> PeerMessage.add(addresses, in.bytes());
        default -> in.skip();
      }
    }
    int kind = type.orElseThrow(() -> new MalformedException("dcutr: without type"));
    return switch (kind) {
      case 100 -> new Connect(addresses);
      case 300 -> new Sync();
      default -> throw new MalformedException("dcutr: type " + kind);
    };
  }

  default byte[] toBytes() {
    ProtoWriter out = new ProtoWriter();
    switch (this) {
      case Connect(List<byte[]> addresses) -> {
        out.uint(1, 100);
        for (byte[] address : addresses) out.bytes(2, address);
      }
      case Sync _ -> out.uint(1, 300);
    }
    return out.toBytes();
  }
}
