package io.fairlead.relay;

import io.fairlead.core.config.Reference;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import java.util.List;

/**
 * Streams of the gateway's own that go over libp2p.
 *
 * @param peers where peers are that streams lead to, each with its peer; also through relays
 * @param answers the protocols that peers may open
 * @param limited whether a way will do that a relay bounds in time and bytes
 */
public record PeerStreams(List<Multiaddr> peers, List<Answer> answers, boolean limited) {
  /**
   * What answers one protocol.
   *
   * @param service a stream service
   * @param from who may; empty for everybody who may connect
   */
  public record Answer(String protocol, Reference service, List<PeerId> from) {
    public Answer {
      from = List.copyOf(from);
    }
  }

  public PeerStreams {
    peers = List.copyOf(peers);
    answers = List.copyOf(answers);
  }

  /** Where one of them is. */
  List<Multiaddr> addresses(PeerId peer) {
    return peers.stream().filter(each -> each.peerId().filter(peer::equals).isPresent()).toList();
  }
}
