package io.fairlead.relay.reachability;

import io.fairlead.libp2p.address.AddressProtocol;
import io.fairlead.libp2p.address.Component;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.netty.StreamChannel;
import io.fairlead.relay.codec.DialBackMessage;
import io.fairlead.relay.netty.MessageStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Hears those who dial back. A number that nobody waits for is not answered. Any thread; bounded by
 * the probes that run.
 */
final class DialBacks {
  private static final Duration TIMEOUT = Duration.ofSeconds(15);

  private final Map<Long, CompletableFuture<Multiaddr>> awaited = new ConcurrentHashMap<>();

  /** Waits for a number; completes with the address of whoever says it, in our listener's form. */
  CompletableFuture<Multiaddr> await(long nonce) {
    CompletableFuture<Multiaddr> heard = new CompletableFuture<>();
    awaited.put(nonce, heard);
    return heard;
  }

  void forget(long nonce) {
    awaited.remove(nonce);
  }

  void opened(StreamChannel channel, Connection from) {
    MessageStream stream = MessageStream.on(channel, DialBackMessage.BYTES_MAX);
    stream
        .next(TIMEOUT)
        .whenComplete(
            (message, failure) -> {
              CompletableFuture<Multiaddr> waiting = failure == null ? awaited(message) : null;
              // Over a connection that we made, a number proves nothing.
              if (waiting == null || from.relayed() || !from.inbound()) {
                stream.reset();
                return;
              }
              waiting.complete(from.remoteAddress());
              stream.sendLast(DialBackMessage.heard());
            });
  }

  private @org.jspecify.annotations.Nullable CompletableFuture<Multiaddr> awaited(byte[] message) {
    try {
      return awaited.get(DialBackMessage.read(message).nonce());
    } catch (MalformedException _) {
      return null;
    }
  }

  /**
   * Whether a connection from there can be one to that address: the same kind of transport, over
   * the same version of IP, which a name may leave open.
   */
  static boolean consistent(Multiaddr dialled, Multiaddr remote) {
    List<AddressProtocol> expected = kind(dialled);
    List<AddressProtocol> seen = kind(remote);
    if (expected.isEmpty() || seen.size() != expected.size()) return false;
    AddressProtocol host = seen.getFirst();
    boolean sameHost =
        switch (expected.getFirst()) {
          case DNS, DNSADDR -> host == AddressProtocol.IP4 || host == AddressProtocol.IP6;
          case DNS4 -> host == AddressProtocol.IP4;
          case DNS6 -> host == AddressProtocol.IP6;
          default -> host == expected.getFirst();
        };
    int all = expected.size();
    return sameHost && expected.subList(1, all).equals(seen.subList(1, all));
  }

  private static List<AddressProtocol> kind(Multiaddr address) {
    return address.normal().components().stream()
        .map(Component::protocol)
        .filter(
            part ->
                part != AddressProtocol.P2P
                    && part != AddressProtocol.CERTHASH
                    && part != AddressProtocol.SNI)
        .toList();
  }
}
