package io.fairlead.relay;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.PeerStreams.Answer;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** How {@code relay.streams} is read. */
final class PeerStreamTypes {
  /** One that ends with its peer, directly or through a relay. */
  private static final ConfigType<Multiaddr> PEER_ADDRESS =
      Types.literal(
          RelayCodes.BAD_MULTIADDR,
          "a multiaddr that ends with its peer: /ip4/192.0.2.1/tcp/4001/p2p/12D3KooW…, or one of a"
              + " relay, /p2p-circuit and /p2p/12D3KooW…",
          Map.of("type", "string", "pattern", "^/.*/p2p/[^/]+$"),
          PeerStreamTypes::address,
          Multiaddr::toString);

  private static final ConfigType<PeerId> PEER =
      Types.literal(
          RelayCodes.BAD_MULTIADDR,
          "a peer id such as 12D3KooW…",
          Map.of("type", "string", "minLength", 1L),
          PeerStreamTypes::peer,
          PeerId::toString);

  private static final RecordType<Answer> ANSWER =
      RecordType.define(
          "RelayAnswer",
          "a protocol that peers may open, and what answers it",
          f -> {
            var protocol =
                f.key(
                        "protocol",
                        Types.string()
                            .matching("/[!-~]{1,127}", "a protocol id such as /ssh/1.0.0"),
                        "Its id, as peers ask for it.")
                    .required();
            var service =
                f.key(
                        "service",
                        Types.reference("streams"),
                        "The stream service that such streams are clients of.")
                    .required();
            var from =
                f.key(
                        "from",
                        Types.listOf(PEER),
                        "Peers that may. Empty: all that the membership lets in.")
                    .example("[12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA]")
                    .orElse(List.of());
            return v -> new Answer(v.get(protocol), v.get(service), v.get(from));
          });

  static final RecordType<PeerStreams> STREAMS =
      RecordType.define(
          "RelayStreams",
          "streams of the gateway's own that go over libp2p",
          f -> {
            var peers =
                f.key(
                        "peers",
                        Types.listOf(PEER_ADDRESS),
                        "Where peers are that a stream's `destination: /p2p/PEER/PROTOCOL` names;"
                            + " dialled also where their addresses are private.")
                    .example(
                        "[\"/dns4/relay.example.org/tcp/4001/p2p/12D3KooW…/p2p-circuit/p2p/12D3KooW…\"]")
                    .orElse(List.of());
            var answers =
                f.key("answers", Types.listOf(ANSWER), "Protocols that peers may open.")
                    .orElse(List.of());
            var limited =
                f.key(
                        "limited",
                        Types.bool(),
                        "Takes ways, too, that a relay bounds in time and bytes: such a stream may"
                            + " end in the middle.")
                    .orElse(false);
            f.check(
                (v, checks) -> {
                  Set<String> seen = new HashSet<>();
                  for (Answer answer : v.get(answers)) {
                    if (seen.add(answer.protocol())) continue;
                    checks.error(
                        answers,
                        Codes.UNFIT,
                        "two services answer " + answer.protocol(),
                        "keep one of them");
                  }
                });
            return v -> new PeerStreams(v.get(peers), v.get(answers), v.get(limited));
          });

  private PeerStreamTypes() {}

  private static Optional<Multiaddr> address(String text) {
    try {
      Multiaddr address = Multiaddr.parse(text);
      boolean whole = address.peerId().isPresent() && address.withoutPeer().isPresent();
      return whole ? Optional.of(address) : Optional.empty();
    } catch (MalformedException _) {
      return Optional.empty();
    }
  }

  private static Optional<PeerId> peer(String text) {
    try {
      return Optional.of(PeerId.parse(text));
    } catch (MalformedException _) {
      return Optional.empty();
    }
  }
}
