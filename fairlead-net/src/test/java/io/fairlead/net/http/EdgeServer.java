package io.fairlead.net.http;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An edge behind a real loopback socket, on one event loop. */
final class EdgeServer implements AutoCloseable {
  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  final Meters meters = new Meters(registry);
  final Queue<Channel> accepted = new ConcurrentLinkedQueue<>();
  final Queue<PlainLive> lives = new ConcurrentLinkedQueue<>();
  final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Channel server;

  EdgeServer(HttpSettings settings, RequestHandler handler) {
    this(settings, handler, null);
  }

  EdgeServer(HttpSettings settings, RequestHandler handler, @Nullable SslContext tls) {
    this(settings, handler, tls, Clock.system());
  }

  EdgeServer(HttpSettings settings, RequestHandler handler, @Nullable SslContext tls, Clock clock) {
    Http1Edge edge = new Http1Edge(clock, meters);
    server =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childOption(ChannelOption.AUTO_READ, false)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accepted.add(channel);
                    if (tls != null) channel.pipeline().addLast(tls.newHandler(channel.alloc()));
                    PlainLive live = new PlainLive(channel);
                    lives.add(live);
                    edge.attach(channel, live, settings, handler, Unpooled.EMPTY_BUFFER);
                  }
                })
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .syncUninterruptibly()
            .channel();
  }

  int port() {
    return ((InetSocketAddress) server.localAddress()).getPort();
  }

  /** Runs it where the connections live, and waits for it. */
  void onLoop(Runnable task) throws Exception {
    group.submit(task).get(5, TimeUnit.SECONDS);
  }

  /** Returns when every connection has looked at its deadlines once more. */
  void afterATick() throws Exception {
    group
        .schedule(() -> {}, 2 * LoopTick.PERIOD_MILLIS, TimeUnit.MILLISECONDS)
        .get(5, TimeUnit.SECONDS);
  }

  /** Sum of the counters of that name and tag value. */
  double count(String name, String tagValue) {
    return registry.find("fairlead." + name).counters().stream()
        .filter(c -> c.getId().getTags().stream().anyMatch(t -> t.getValue().equals(tagValue)))
        .mapToDouble(io.micrometer.core.instrument.Counter::count)
        .sum();
  }

  @Override
  public void close() {
    server.close().syncUninterruptibly();
    for (Channel channel : accepted) channel.close().syncUninterruptibly();
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
