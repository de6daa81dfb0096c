package io.fairlead.relay.codec;

import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.codec.ProtoReader;
import io.fairlead.libp2p.codec.ProtoWriter;
import java.util.Optional;

/**
 * What a peer and a relay say to each other.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/relay/circuit-v2.md">circuit relay v2,
 *     hop protocol</a>
 */
public sealed interface HopMessage {
  String PROTOCOL = "/libp2p/circuit/relay/0.2.0/hop";

  /** Longest message, without its length. */
  int BYTES_MAX = 4096;

  /** Keep a place for me. */
  record Reserve() implements HopMessage {}

  /** Connect me with one who has a place. */
  record Connect(PeerMessage peer) implements HopMessage {}

  /**
   * The relay's answer.
   *
   * @param code a number of {@link CircuitStatus}, or one we do not know
   */
  record Status(int code, Optional<ReservationMessage> reservation, Optional<LimitMessage> limit)
      implements HopMessage {
    public static Status of(CircuitStatus status) {
      return new Status(status.code(), Optional.empty(), Optional.empty());
    }

    public boolean ok() {
      return code == CircuitStatus.OK.code();
    }
  }

  /** Of a kind we do not know. */
  record Other(int type) implements HopMessage {}

  /**
   * Reads one message.
   *
   * @throws MalformedException no message, without a type, or without what its type needs
   */
  static HopMessage read(byte[] message) throws MalformedException {
    ProtoReader in = new ProtoReader(message);
    Optional<Integer> type = Optional.empty();
    Optional<PeerMessage> peer = Optional.empty();
    Optional<ReservationMessage> reservation = Optional.empty();
    Optional<LimitMessage> limit = Optional.empty();
    int status = 0;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> type = Optional.of(in.number());
        case 2 -> peer = Optional.of(PeerMessage.read(in.bytes()));
        case 3 -> reservation = Optional.of(ReservationMessage.read(in.bytes()));
        case 4 -> limit = Optional.of(LimitMessage.read(in.bytes()));
        case 5 -> status = in.number();
        default -> in.skip();
      }
    }
    int kind = type.orElseThrow(() -> new MalformedException("hop: without type"));
    return switch (kind) {
      case 0 -> new Reserve();
      case 1 ->
          new Connect(peer.orElseThrow(() -> new MalformedException("hop: connect without peer")));
      case 2 -> new Status(status, reservation, limit);
      default -> new Other(kind);
    };
  }

  default byte[] toBytes() {
    ProtoWriter out = new ProtoWriter();
    switch (this) {
      case Reserve _ -> out.uint(1, 0);
      case Connect(PeerMessage peer) -> out.uint(1, 1).bytes(2, peer.toBytes());
      case Status(int code, var reservation, var limit) -> {
        out.uint(1, 2);
        reservation.ifPresent(given -> out.bytes(3, given.toBytes()));
        limit.ifPresent(given -> out.bytes(4, given.toBytes()));
        out.uint(5, code);
      }
      case Other(int type) -> out.uint(1, type);
    }
    return out.toBytes();
  }
}
