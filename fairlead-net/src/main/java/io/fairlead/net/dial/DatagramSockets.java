package io.fairlead.net.dial;

import io.fairlead.net.loop.EventLoops;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Opens UDP sockets of flows. Thread-safe. */
public final class DatagramSockets {
  /** The longest datagram with its address: 65 507 bytes of data and less than 300 in front. */
  private static final int DATAGRAM_MAX = 65_535;

  private final EventLoops loops;

  public DatagramSockets(EventLoops loops) {
    this.loops = loops;
  }

  /**
   * Binds one.
   *
   * @param address where; port 0 lets the system choose
   * @param handler hears what arrives; reads by itself
   * @return the bound channel, delivered on the loop; fails when there is none to have
   */
  public CompletableFuture<Channel> bind(
      EventLoop loop, InetSocketAddress address, DialOptions options, ChannelHandler handler) {
    CompletableFuture<Channel> bound = new CompletableFuture<>();
    if (!loops.descriptors().room()) {
      loops.descriptors().refuse();
      bound.completeExceptionally(new SocketException("no socket: the rest is reserved"));
      return bound;
    }
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop)
            .channelFactory(loops.datagramChannels())
            .option(ChannelOption.ALLOCATOR, loops.allocator())
            .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(DATAGRAM_MAX))
            .handler(handler);
    bootstrap
        .register()
        .addListener(
            (io.netty.channel.ChannelFuture registered) -> {
              Channel channel = registered.channel();
              if (!registered.isSuccess()) {
                bound.completeExceptionally(registered.cause());
                return;
              }
              loops.descriptors().take();
              channel.closeFuture().addListener(loops.descriptors());
              Optional<String> refused = options.applyTo(channel);
              if (refused.isPresent()) {
                channel.close();
                bound.completeExceptionally(new SocketException(refused.get()));
                return;
              }
              channel
                  .bind(address)
                  .addListener(
                      done -> {
                        if (done.isSuccess()) {
                          bound.complete(channel);
                        } else {
                          channel.close();
                          bound.completeExceptionally(done.cause());
                        }
                      });
            });
    return bound;
  }
}
