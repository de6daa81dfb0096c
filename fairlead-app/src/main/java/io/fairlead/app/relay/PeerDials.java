package io.fairlead.app.relay;

import io.fairlead.core.config.Checks;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.core.dial.Dialer;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.netty.StreamChannel;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.Preface;
import io.fairlead.net.splice.Crossing;
import io.fairlead.proxy.stream.StreamConfig;
import io.fairlead.proxy.stream.StreamConfig.Target;
import io.fairlead.proxy.stream.StreamDialer;
import io.fairlead.relay.RelayCodes;
import io.fairlead.relay.RelayConfig;
import io.fairlead.relay.RelayNode;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The way out of streams with peers among the destinations: those the libp2p node dials, directly
 * or through a relay. Thread-safe; no class of libp2p is loaded before the first such stream.
 *
 * @param node the node, while there is one
 * @param others dials everything else
 */
public record PeerDials(Supplier<Optional<RelayNode>> node, StreamDialer others)
    implements StreamDialer {
  /** Streams to peers need a node that is on, and peers that exist. */
  public static void check(
      Collection<StreamConfig> streams, Optional<RelayConfig> relay, Checks checks) {
    boolean off = relay.filter(RelayConfig::enabled).isEmpty();
    for (StreamConfig stream : streams) {
      String at = "/streams/" + stream.id();
      check(stream.target(), at, off, checks);
      List<StreamConfig.Route> routes = stream.routes();
      for (int i = 0; i < routes.size(); i++) {
        check(routes.get(i).target(), at + "/routes/" + i, off, checks);
      }
    }
  }

  private static void check(Optional<Target> target, String at, boolean off, Checks checks) {
    if (target.isEmpty()
        || !(target.get() instanceof Target.Fixed(Destination.Peer(String id, _)))) {
      return;
    }
    if (off) {
      checks.errorAt(
          at + "/destination",
          RelayCodes.NO_NODE,
          "a stream leads to a peer, but this gateway is no libp2p node",
          "add the section `relay`, with `streams: { peers: […] }`");
    }
    try {
      PeerId.parse(id);
    } catch (MalformedException malformed) {
      checks.errorAt(
          at + "/destination",
          RelayCodes.NO_NODE,
          "`" + id + "` is no peer id: " + malformed.getMessage(),
          "write what `fairlead relay id` prints there");
    }
  }

  @Override
  public Dialer<Channel> on(EventLoop loop, DestinationGuard guard, Optional<Preface> preface) {
    Dialer<Channel> plain = others.on(loop, guard, preface);
    return (destination, timeout) ->
        destination instanceof Destination.Peer peer
            ? dial(peer, timeout, loop, preface)
            : plain.dial(destination, timeout);
  }

  private CompletionStage<Channel> dial(
      Destination.Peer peer, Duration timeout, EventLoop loop, Optional<Preface> preface) {
    Optional<RelayNode> there = node.get();
    if (there.isEmpty()) {
      return CompletableFuture.failedFuture(
          new DialException.Unreachable(peer, false, "there is no libp2p node"));
    }
    CompletableFuture<StreamChannel> asked =
        there.get().dialer().dial(peer, timeout).toCompletableFuture();
    CompletableFuture<Channel> crossed = new CompletableFuture<>();
    var _ = asked.whenComplete((stream, failure) -> opened(stream, failure, loop, crossed));
    CompletableFuture<Channel> result = new CompletableFuture<>();
    var _ =
        crossed.whenComplete(
            (channel, failure) -> {
              if (channel == null) {
                result.completeExceptionally(
                    failure == null ? new IllegalStateException("neither way") : failure);
                return;
              }
              preface.ifPresent(
                  words -> {
                    var _ = channel.write(words.bytes(channel.alloc()));
                  });
              if (!result.complete(channel)) channel.close();
            });
    var _ =
        result.whenComplete(
            (_, _) -> {
              if (result.isCancelled()) asked.cancel(false); // which does not go upstream by itself
            });
    return result;
  }

  private static void opened(
      @Nullable StreamChannel stream,
      @Nullable Throwable failure,
      EventLoop loop,
      CompletableFuture<Channel> result) {
    if (stream == null) {
      result.completeExceptionally(
          failure == null ? new IllegalStateException("neither stream nor failure") : failure);
    } else if (stream.eventLoop().inEventLoop()) {
      Crossing.deliver(stream, loop, result);
    } else {
      stream.eventLoop().execute(() -> Crossing.deliver(stream, loop, result));
    }
  }
}
