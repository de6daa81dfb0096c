package io.fairlead.it;

import io.fairlead.core.time.Clock;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that send a small request, read the answer, and send the next at once; who is cut off
 * connects again. Answers are 200 with 1 KiB, or a 503 without a body of that length.
 */
final class Load {
  private static final byte[] REQUEST =
      "GET /small HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  /** What came of it. */
  record Result(long answered, long refused, long broken, Duration lasted) {
    double perSecond() {
      return answered / (lasted.toNanos() * 1e-9);
    }
  }

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final LongAdder answered = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder broken = new LongAdder();
  private final Bootstrap bootstrap;
  private final long beganNanos = Clock.system().nanos();
  private volatile boolean over;

  private Load(int port) {
    bootstrap =
        new Bootstrap()
            .group(group)
            .channel(NioSocketChannel.class)
            .remoteAddress(new InetSocketAddress("127.0.0.1", port))
            .handler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new Client());
                  }
                });
  }

  /** Starts so many connections from so many sources, 127.0.0.2 and following. */
  static Load start(int port, int sources, int connections) {
    Load load = new Load(port);
    List<String> from = OverloadIT.sources();
    for (int i = 0; i < connections; i++) load.connect(from.get(i % sources));
    return load;
  }

  /** The same for a time. */
  static Result closed(int port, int sources, int connections, Duration time) {
    Load load = start(port, sources, connections);
    LockSupport.parkNanos(time.toNanos());
    return load.stop();
  }

  Result stop() {
    over = true;
    Duration lasted = Duration.ofNanos(Clock.system().nanos() - beganNanos);
    Result result = new Result(answered.sum(), refused.sum(), broken.sum(), lasted);
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    return result;
  }

  private void connect(String source) {
    if (over) return;
    bootstrap
        .clone()
        .localAddress(source, 0)
        .connect()
        .addListener(
            connected -> {
              if (!connected.isSuccess() && !over) again(source);
            });
  }

  private void again(String source) {
    if (group.isShuttingDown()) return;
    group.schedule(() -> connect(source), 50, TimeUnit.MILLISECONDS);
  }

  private final class Client extends ChannelInboundHandlerAdapter {
    private int missing; // bytes of the answer that is being read
    private boolean head;
    private final StringBuilder text = new StringBuilder();

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      ask(ctx);
    }

    private void ask(ChannelHandlerContext ctx) {
      head = true;
      text.setLength(0);
      ctx.writeAndFlush(Unpooled.wrappedBuffer(REQUEST));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ByteBuf in = (ByteBuf) message;
      try {
        if (head) {
          text.append(in.toString(StandardCharsets.US_ASCII));
          int end = text.indexOf("\r\n\r\n");
          if (end < 0) return;
          head = false;
          missing = length(text.substring(0, end)) - (text.length() - end - 4);
        } else {
          missing -= in.readableBytes();
        }
        if (missing > 0) return;
        if (missing < 0) broken.increment();
        answered.increment();
        if (!text.substring(0, 12).equals("HTTP/1.1 200")) refused.increment();
        if (!over) ask(ctx);
      } finally {
        in.release();
      }
    }

    private static int length(String head) {
      int at = head.indexOf("Content-Length: ");
      int end = head.indexOf("\r\n", at);
      return Integer.parseInt(head.substring(at + 16, end < 0 ? head.length() : end));
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      if (over) return;
      if (!head && missing > 0) broken.increment();
      again(((InetSocketAddress) ctx.channel().localAddress()).getHostString());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}
