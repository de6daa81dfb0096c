package io.fairlead.net.tls;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.util.List;
import java.util.Optional;

/** Answers what it hears, and notes who came. */
final class EchoOnce extends ChannelInboundHandlerAdapter {
  private final List<Optional<String>> asked;
  private final List<Optional<String>> introduced;

  EchoOnce(List<Optional<String>> asked, List<Optional<String>> introduced) {
    this.asked = asked;
    this.introduced = introduced;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    ctx.channel().config().setAutoRead(true);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
      asked.add(TlsFacts.of(ctx.channel()).orElseThrow().serverName());
      introduced.add(TlsFacts.client(ctx.channel()).flatMap(ClientName.CN::of));
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    var _ = ctx.writeAndFlush(message);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    var _ = ctx.close();
  }
}
