package io.fairlead.relay.codec;

import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.codec.ProtoReader;
import io.fairlead.libp2p.codec.ProtoWriter;
import java.util.Optional;

/**
 * Asking a peer to dial us back, first version.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/autonat/autonat-v1.md">AutoNAT</a>
 */
public sealed interface AutoNatMessage {
  String PROTOCOL = "/libp2p/autonat/1.0.0";

  /** Longest message, without its length. */
  int BYTES_MAX = 4096;

  int OK = 0;
  int DIAL_ERROR = 100;
  int DIAL_REFUSED = 101;
  int BAD_REQUEST = 200;
  int INTERNAL_ERROR = 300;

  /** Dial me. */
  record Dial(PeerMessage peer) implements AutoNatMessage {}

  /**
   * How it went.
   *
   * @param status one of the numbers above, or one we do not know
   * @param address binary multiaddr that was reached, unchecked
   */
  record DialResponse(int status, String text, Optional<byte[]> address)
      implements AutoNatMessage {}

  /**
   * Reads one message.
   *
   * @throws MalformedException no message, of no known type, or without what its type needs
   */
  static AutoNatMessage read(byte[] message) throws MalformedException {
    ProtoReader in = new ProtoReader(message);
    Optional<Integer> type = Optional.empty();
    Optional<Dial> dial = Optional.empty();
    Optional<DialResponse> response = Optional.empty();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> type = Optional.of(in.number());
        case 2 -> dial = Optional.of(readDial(in.bytes()));
        case 3 -> response = Optional.of(readResponse(in.bytes()));
        default -> in.skip();
      }
    }
    int kind = type.orElseThrow(() -> new MalformedException("autonat: without type"));
    Optional<? extends AutoNatMessage> content =
        switch (kind) {
          case 0 -> dial;
          case 1 -> response;
          default -> Optional.empty();
        };
    return content.orElseThrow(() -> new MalformedException("autonat: nothing of type " + kind));
  }

  private static Dial readDial(byte[] message) throws MalformedException {
    ProtoReader in = new ProtoReader(message);
    Optional<PeerMessage> peer = Optional.empty();
    while (in.next()) {
      if (in.field() == 1) peer = Optional.of(PeerMessage.read(in.bytes()));
      else in.skip();
    }
    return new Dial(peer.orElseThrow(() -> new MalformedException("autonat: dial without peer")));
  }

  private static DialResponse readResponse(byte[] message) throws MalformedException {
    ProtoReader in = new ProtoReader(message);
    int status = OK;
    String text = "";
    Optional<byte[]> address = Optional.empty();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> status = in.number();
        case 2 -> text = in.string();
        case 3 -> address = Optional.of(in.bytes());
        default -> in.skip();
      }
    }
    return new DialResponse(status, text, address);
  }

  default byte[] toBytes() {
    return switch (this) {
      case Dial(PeerMessage peer) ->
          new ProtoWriter()
              .uint(1, 0)
              .bytes(2, new ProtoWriter().bytes(1, peer.toBytes()).toBytes())
              .toBytes();
      case DialResponse(int status, String text, var address) -> {
        ProtoWriter response = new ProtoWriter().uint(1, status);
        if (!text.isEmpty()) response.string(2, text);
        address.ifPresent(bytes -> response.bytes(3, bytes));
        yield new ProtoWriter().uint(1, 1).bytes(3, response.toBytes()).toBytes();
      }
    };
  }
}
