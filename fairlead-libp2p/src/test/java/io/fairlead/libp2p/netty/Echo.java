package io.fairlead.libp2p.netty;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;

/** Sends back what comes, and the end behind it; reads no faster than it is read. */
final class Echo extends ChannelInboundHandlerAdapter {
  static void on(StreamChannel stream) {
    stream.pipeline().addLast(new Echo());
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ctx.write(message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.flush();
    ctx.channel().config().setAutoRead(ctx.channel().isWritable());
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    ctx.channel().config().setAutoRead(ctx.channel().isWritable());
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE)
      ((StreamChannel) ctx.channel()).shutdownOutput();
  }
}
