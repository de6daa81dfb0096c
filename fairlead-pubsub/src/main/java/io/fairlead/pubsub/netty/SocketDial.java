package io.fairlead.pubsub.netty;

import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.TerminalCause;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Opens sockets; names are looked up on a thread of their own, addresses tried in turn. */
final class SocketDial {
  private static final int READ_MIN = 2048;
  private static final int READ_INITIAL = 32 * 1024;
  private static final int READ_MAX = 64 * 1024;

  /** Reads between two looks at commands and timers: about 256 notifications. */
  private static final int READS_PER_TURN = 4;

  private SocketDial() {}

  /**
   * Connects to a host.
   *
   * @param handler made into the pipeline of the channel; one for each attempt
   * @return completes on the loop; fails with {@link PubSubException.TransportError}
   */
  static CompletableFuture<Channel> tcp(
      Wiring wiring, String host, int port, Supplier<ChannelHandler> handler) {
    CompletableFuture<Channel> connected = new CompletableFuture<>();
    Thread.ofVirtual()
        .name("pubsub-lookup")
        .start(
            () -> {
              List<InetAddress> addresses;
              try {
                addresses = List.of(InetAddress.getAllByName(host));
              } catch (UnknownHostException _) {
                connected.completeExceptionally(failure("the name " + host + " has no address"));
                return;
              }
              wiring.loop().execute(() -> attempt(wiring, addresses, 0, port, handler, connected));
            });
    return connected;
  }

  private static void attempt(
      Wiring wiring,
      List<InetAddress> addresses,
      int index,
      int port,
      Supplier<ChannelHandler> handler,
      CompletableFuture<Channel> connected) {
    if (connected.isDone()) return;
    InetSocketAddress address = new InetSocketAddress(addresses.get(index), port);
    open(wiring, address, handler.get())
        .addListener(
            future -> {
              Channel channel = ((ChannelFuture) future).channel();
              if (future.isSuccess()) {
                if (!connected.complete(channel)) channel.close();
              } else if (index + 1 < addresses.size()) {
                attempt(wiring, addresses, index + 1, port, handler, connected);
              } else {
                connected.completeExceptionally(failure(word(future.cause())));
              }
            });
  }

  static ChannelFuture open(Wiring wiring, SocketAddress address, ChannelHandler handler) {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(wiring.loop())
            .channelFactory(wiring.loops().clientChannels(address)::newChannel)
            .option(ChannelOption.AUTO_READ, false)
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                (int) Math.min(Integer.MAX_VALUE, wiring.connectTimeout().toMillis()))
            .option(
                ChannelOption.RECVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(READ_MIN, READ_INITIAL, READ_MAX)
                    .maxMessagesPerRead(READS_PER_TURN))
            .handler(handler);
    if (address instanceof InetSocketAddress) bootstrap.option(ChannelOption.TCP_NODELAY, true);
    return bootstrap.connect(address);
  }

  static PubSubException failure(String detail) {
    return new PubSubException.TransportError(
        TerminalCause.of(TerminalCause.Kind.TRANSPORT, detail), false);
  }

  /** What went wrong, without anything that could be secret. */
  static String word(Throwable failure) {
    String text = failure.getMessage();
    return text == null ? failure.getClass().getSimpleName() : text;
  }
}
