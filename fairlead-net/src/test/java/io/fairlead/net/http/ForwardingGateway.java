package io.fairlead.net.http;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.core.dial.Dialer;
import io.fairlead.core.time.Clock;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** An edge whose every request is forwarded to one upstream on loopback. */
final class ForwardingGateway implements AutoCloseable {
  static final ForwardPlan.Timeouts TIMEOUTS =
      new ForwardPlan.Timeouts(
          Duration.ofSeconds(2),
          Duration.ofSeconds(10),
          Duration.ofSeconds(10),
          Duration.ofHours(1));

  final BlockingQueue<ForwardResult> results = new LinkedBlockingQueue<>();
  final List<ForwardFailure> asked = new java.util.concurrent.CopyOnWriteArrayList<>();
  final EdgeServer server;
  final UpstreamPool pool;
  volatile BiFunction<Integer, ForwardFailure, Boolean> retry = (_, _) -> false;
  volatile boolean websocket;
  volatile String host = "upstream.example";
  volatile @Nullable SslContext tls;
  volatile ForwardPlan.Timeouts timeouts = TIMEOUTS;
  volatile int port;

  ForwardingGateway(int port) {
    this(port, HttpSettings.DEFAULTS, PoolSettings.DEFAULTS);
  }

  ForwardingGateway(int port, HttpSettings settings, PoolSettings poolSettings) {
    this.port = port;
    io.fairlead.core.meter.Meters meters =
        new io.fairlead.core.meter.Meters(
            new io.micrometer.core.instrument.simple.SimpleMeterRegistry());
    pool = new UpstreamPool(poolSettings, Clock.system(), meters);
    PooledForwarder forwarder = new PooledForwarder(pool, Clock.system(), meters);
    server =
        new EdgeServer(
            settings, exchange -> forwarder.forward(exchange, plan(exchange), events(exchange)));
  }

  RawClient client() throws IOException {
    return new RawClient(server.port());
  }

  ForwardResult result() throws InterruptedException {
    ForwardResult result = results.poll(10, TimeUnit.SECONDS);
    if (result == null) throw new AssertionError("the exchange did not end");
    return result;
  }

  private ForwardPlan plan(ServerExchange exchange) {
    Destination destination = new Destination.HostPort("127.0.0.1", port);
    FieldEdits edits = new FieldEdits().set("X-Forwarded-For", "client").drop("x-secret");
    return new ForwardPlan(
        new ForwardPlan.Key("test", destination, "http"),
        dialer(exchange.channel().eventLoop(), tls),
        exchange.head().pathAndQuery(),
        host,
        edits,
        websocket,
        timeouts);
  }

  private ForwardEvents events(ServerExchange exchange) {
    return new ForwardEvents() {
      @Override
      public void onResponseHead(ResponseHead head, FieldEdits edits) {
        edits.set("X-Passed", "yes");
      }

      @Override
      public Optional<ForwardPlan> retry(int attempt, ForwardFailure failure) {
        asked.add(failure);
        return retry.apply(attempt, failure) ? Optional.of(plan(exchange)) : Optional.empty();
      }

      @Override
      public Answer answer(ForwardFailure failure) {
        return Answer.error(
            failure.kind().status(),
            failure.kind().name().toLowerCase(java.util.Locale.ROOT),
            "upstream");
      }

      @Override
      public void onEnd(ForwardResult result) {
        results.add(result);
      }
    };
  }

  /** Dials as net.dial does: autoRead off, half closure on, empty pipeline. */
  static Dialer<Channel> dialer(EventLoop loop) {
    return dialer(loop, null);
  }

  private static Dialer<Channel> dialer(EventLoop loop, @Nullable SslContext tls) {
    return (destination, timeout) -> {
      Destination.HostPort target = (Destination.HostPort) destination;
      CompletableFuture<Channel> result = new CompletableFuture<>();
      new Bootstrap()
          .group(loop)
          .channel(NioSocketChannel.class)
          .option(ChannelOption.AUTO_READ, false)
          .option(ChannelOption.TCP_NODELAY, true)
          .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
          .handler(
              new ChannelInitializer<>() {
                @Override
                protected void initChannel(Channel channel) {
                  channel.pipeline().addLast(new Nothing());
                }
              })
          .connect(InetAddress.getLoopbackAddress(), target.port())
          .addListener(
              (io.netty.channel.ChannelFuture connected) -> {
                if (connected.isSuccess()) {
                  connected.channel().pipeline().removeFirst();
                  if (tls != null) {
                    connected
                        .channel()
                        .pipeline()
                        .addLast(tls.newHandler(connected.channel().alloc()));
                  }
                  result.complete(connected.channel());
                } else {
                  result.completeExceptionally(new DialException.Refused(destination, "refused"));
                }
              });
      return result;
    };
  }

  private static final class Nothing extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
