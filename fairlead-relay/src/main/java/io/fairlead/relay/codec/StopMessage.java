package io.fairlead.relay.codec;

import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.codec.ProtoReader;
import io.fairlead.libp2p.codec.ProtoWriter;
import java.util.Optional;

/**
 * What a relay and the peer at the other end of a circuit say to each other.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/relay/circuit-v2.md">circuit relay v2,
 *     stop protocol</a>
 */
public sealed interface StopMessage {
  String PROTOCOL = "/libp2p/circuit/relay/0.2.0/stop";

  /** Longest message, without its length. */
  int BYTES_MAX = 4096;

  /** Somebody wants to talk with you. */
  record Connect(PeerMessage peer, Optional<LimitMessage> limit) implements StopMessage {}

  /**
   * The answer.
   *
   * @param code a number of {@link CircuitStatus}, or one we do not know
   */
  record Status(int code) implements StopMessage {
    public static Status of(CircuitStatus status) {
      return new Status(status.code());
    }

    public boolean ok() {
      return code == CircuitStatus.OK.code();
    }
  }

  /** Of a kind we do not know. */
  record Other(int type) implements StopMessage {}

  /**
   * Reads one message.
   *
   * @throws MalformedException no message, without a type, or without what its type needs
   */
  static StopMessage read(byte[] message) throws MalformedException {
    ProtoReader in = new ProtoReader(message);
    Optional<Integer> type = Optional.empty();
    Optional<PeerMessage> peer = Optional.empty();
    Optional<LimitMessage> limit = Optional.empty();
    int status = 0;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> type = Optional.of(in.number());
        case 2 -> peer = Optional.of(PeerMessage.read(in.bytes()));
        case 3 -> limit = Optional.of(LimitMessage.read(in.bytes()));
        case 4 -> status = in.number();
        default -> in.skip();
      }
    }
    int kind = type.orElseThrow(() -> new MalformedException("stop: without type"));
    return switch (kind) {
      case 0 ->
          new Connect(
              peer.orElseThrow(() -> new MalformedException("stop: connect without peer")), limit);
      case 1 -> new Status(status);
      default -> new Other(kind);
    };
  }

  default byte[] toBytes() {
    ProtoWriter out = new ProtoWriter();
    switch (this) {
      case Connect(PeerMessage peer, var limit) -> {
        out.uint(1, 0).bytes(2, peer.toBytes());
        limit.ifPresent(given -> out.bytes(3, given.toBytes()));
      }
      case Status(int code) -> out.uint(1, 1).uint(4, code);
      case Other(int type) -> out.uint(1, type);
    }
    return out.toBytes();
  }
}
