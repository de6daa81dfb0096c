package io.fairlead.tunnel.agent.netty;

import io.netty.channel.Channel;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/** Streams to libp2p peers, which know each other by their keys. Any thread. */
@FunctionalInterface
public interface PeerWay {
  /**
   * A stream to a peer, directly or through a relay.
   *
   * @param address multiaddress that ends with the peer's id
   * @param protocol which of {@link io.fairlead.tunnel.carrier.netty.CarrierPeer}
   * @return a channel of any event loop, on which it completes, with {@code autoRead} off
   */
  CompletionStage<Channel> open(String address, String protocol, Duration timeout);
}
