package io.fairlead.it;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * An upstream for load: {@code /bulk} is 64 MiB, given as fast as it is taken; everything else is 1
 * KiB. Speaks just enough HTTP for a gateway in front of it: one request a read.
 */
final class BulkOrigin implements AutoCloseable {
  static final long BULK = 64L * 1024 * 1024;
  private static final int PART = 64 * 1024;
  private static final byte[] SMALL =
      ("HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n\r\n" + "s".repeat(1024))
          .getBytes(StandardCharsets.US_ASCII);
  private static final byte[] BULK_HEAD =
      ("HTTP/1.1 200 OK\r\nContent-Length: " + BULK + "\r\n\r\n")
          .getBytes(StandardCharsets.US_ASCII);

  private final MultiThreadIoEventLoopGroup group;
  private final Channel server;

  private BulkOrigin(MultiThreadIoEventLoopGroup group, Channel server) {
    this.group = group;
    this.server = server;
  }

  static BulkOrigin start() {
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    Channel server =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childOption(ChannelOption.SO_SNDBUF, PART) // the kernel shall not be the store
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new Answers());
                  }
                })
            .bind(new InetSocketAddress("127.0.0.1", 0))
            .syncUninterruptibly()
            .channel();
    return new BulkOrigin(group, server);
  }

  int port() {
    return ((InetSocketAddress) server.localAddress()).getPort();
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private static final class Answers extends ChannelInboundHandlerAdapter {
    private static final ByteBuf BYTES =
        Unpooled.unreleasableBuffer(Unpooled.directBuffer(PART).writeZero(PART).asReadOnly());

    private long left;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ByteBuf request = (ByteBuf) message;
      boolean bulk = request.toString(StandardCharsets.US_ASCII).startsWith("GET /bulk ");
      request.release();
      ctx.write(Unpooled.wrappedBuffer(bulk ? BULK_HEAD : SMALL));
      if (bulk) left = BULK;
      pour(ctx);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      pour(ctx);
    }

    private void pour(ChannelHandlerContext ctx) {
      while (left > 0 && ctx.channel().isWritable()) {
        left -= PART;
        ctx.write(BYTES.duplicate());
      }
      ctx.flush();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}
