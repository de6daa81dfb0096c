package io.fairlead.net.dial;

import io.fairlead.core.address.IpLiteral;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.net.loop.EventLoops;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Opens UDP sockets that are connected, so that only their destination can answer. Shared; each
 * dial stays on the event loop it was asked for.
 */
public final class DatagramDialer {
  private final EventLoops loops;
  private final NameResolver resolver;

  public DatagramDialer(EventLoops loops, NameResolver resolver) {
    this.loops = loops;
    this.resolver = resolver;
  }

  /**
   * Opens one; completes on the loop, exceptionally with a {@link DialException}. The first address
   * that the guard allows is taken: whether anybody is there, UDP does not tell.
   *
   * @param handler the channel's only one
   * @param sizeMax of what it receives; longer datagrams are cut short
   */
  public CompletableFuture<Channel> dial(
      EventLoop loop,
      DestinationGuard guard,
      Destination.HostPort to,
      ChannelHandler handler,
      int sizeMax) {
    CompletableFuture<Channel> result = new CompletableFuture<>();
    Optional<DialException.Forbidden> forbidden = guard.checkName(to);
    if (forbidden.isPresent()) {
      result.completeExceptionally(forbidden.get());
      return result;
    }
    Optional<InetAddress> literal =
        to.host().equals("localhost") // never looked up (RFC 6761 §6.3)
            ? Optional.of(InetAddress.ofLiteral("127.0.0.1"))
            : IpLiteral.parse(to.host());
    if (literal.isPresent()) {
      open(loop, guard, to, List.of(literal.get()), handler, sizeMax, result);
      return result;
    }
    resolver
        .resolve(to.host(), loop)
        .whenComplete(
            (addresses, failure) ->
                loop.execute(
                    () -> {
                      if (failure == null) {
                        open(loop, guard, to, addresses, handler, sizeMax, result);
                      } else {
                        result.completeExceptionally(
                            new DialException.Unresolved(
                                to, to.host() + ": name does not resolve"));
                      }
                    }));
    return result;
  }

  private void open(
      EventLoop loop,
      DestinationGuard guard,
      Destination.HostPort to,
      List<InetAddress> addresses,
      ChannelHandler handler,
      int sizeMax,
      CompletableFuture<Channel> result) {
    DialException refusal = new DialException.Unresolved(to, to.host() + ": no address");
    for (InetAddress address : addresses) {
      InetSocketAddress candidate = new InetSocketAddress(address, to.port());
      Optional<DialException.Forbidden> forbidden = guard.checkAddress(to, candidate);
      if (forbidden.isEmpty()) {
        connect(loop, to, candidate, handler, sizeMax, result);
        return;
      }
      refusal = forbidden.get();
    }
    result.completeExceptionally(refusal);
  }

  private void connect(
      EventLoop loop,
      Destination.HostPort to,
      InetSocketAddress address,
      ChannelHandler handler,
      int sizeMax,
      CompletableFuture<Channel> result) {
    if (!loops.descriptors().room()) {
      loops.descriptors().refuse();
      result.completeExceptionally(
          new DialException.Exhausted(to, "no socket: the rest is reserved"));
      return;
    }
    Channel channel;
    try {
      channel = loops.datagramChannels().newChannel();
    } catch (ChannelException failure) {
      result.completeExceptionally(
          new DialException.Exhausted(to, "no socket: descriptors used up"));
      return;
    }
    loops.descriptors().take();
    channel.closeFuture().addListener(loops.descriptors());
    channel.config().setAllocator(loops.allocator());
    channel.config().setRecvByteBufAllocator(new FixedRecvByteBufAllocator(sizeMax));
    channel.pipeline().addLast(handler);
    loop.register(channel)
        .addListener(
            registered -> {
              if (!registered.isSuccess()) {
                channel.close();
                result.completeExceptionally(ConnectFailure.of(to, causeOf(registered.cause())));
                return;
              }
              channel
                  .connect(address)
                  .addListener(
                      connected -> {
                        if (connected.isSuccess() && result.complete(channel)) return;
                        channel.close();
                        result.completeExceptionally(
                            ConnectFailure.of(to, causeOf(connected.cause())));
                      });
            });
  }

  private static Throwable causeOf(@Nullable Throwable cause) {
    return cause == null ? new IllegalStateException("no cause") : cause;
  }
}
