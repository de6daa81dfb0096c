package io.fairlead.http.echo;

import io.fairlead.net.live.LiveConnection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.util.concurrent.TimeUnit;

/** Sends every byte back, and the end of the stream after the last. */
final class RawEcho extends ChannelDuplexHandler {
  private static final int IDLE_SECONDS = 3600;

  private final LiveConnection connection;

  private RawEcho(LiveConnection connection) {
    this.connection = connection;
  }

  /** Takes ownership of {@code first}; starts reading. */
  static void install(Channel channel, LiveConnection connection, ByteBuf first) {
    RawEcho echo = new RawEcho(connection);
    channel
        .pipeline()
        .addLast(new IdleStateHandler(0, 0, IDLE_SECONDS, TimeUnit.SECONDS))
        .addLast(echo);
    channel.config().setAutoRead(true);
    if (first.isReadable()) {
      channel.pipeline().fireChannelRead(first);
      channel.pipeline().fireChannelReadComplete();
    } else {
      first.release();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    int bytes = ((ByteBuf) message).readableBytes();
    connection.addReceived(bytes);
    connection.addSent(bytes);
    ctx.write(message, ctx.voidPromise());
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.flush();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    ctx.channel().config().setAutoRead(ctx.channel().isWritable());
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    if (event instanceof ChannelInputShutdownEvent) {
      ctx.writeAndFlush(ctx.alloc().buffer(0)).addListener(ChannelFutureListener.CLOSE);
    } else if (event instanceof IdleStateEvent) {
      ctx.close();
    } else {
      super.userEventTriggered(ctx, event);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close(); // a reset; the peer is gone
  }
}
