package io.fairlead.net.chain;

import io.fairlead.core.dial.DialException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.concurrent.CompletableFuture;

/**
 * Carries one {@link HopTalk} over a connection to a proxy. Afterwards it leaves, at once or with
 * the first read of whoever got the channel, whom it then gives what came too early.
 */
final class HopHandler extends ChannelDuplexHandler {
  private static final int SAY_MAX = 1024;

  /** The proxy does not work for us: another one might. */
  static final class ProxyFailedException extends Exception {
    private static final long serialVersionUID = 1;
    private final DialException reason;

    ProxyFailedException(DialException reason) {
      super(reason.getMessage(), null, false, false);
      this.reason = reason;
    }

    DialException reason() {
      return reason;
    }
  }

  private final HopTalk talk;
  private final ProxyHop hop;
  private final io.fairlead.core.dial.Destination to;
  private final CompletableFuture<Channel> opened;
  private ByteBuf held = Unpooled.EMPTY_BUFFER;
  private boolean open;
  private boolean delivering;

  HopHandler(
      HopTalk talk,
      ProxyHop hop,
      io.fairlead.core.dial.Destination to,
      CompletableFuture<Channel> opened) {
    this.talk = talk;
    this.hop = hop;
    this.to = to;
    this.opened = opened;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    ByteBuf out = ctx.alloc().buffer(SAY_MAX);
    talk.begin(out);
    ctx.writeAndFlush(out, ctx.voidPromise());
    ctx.read();
  }

  /** Leaves with what came too early. */
  ByteBuf leave(Channel channel) {
    ByteBuf early = held;
    held = Unpooled.EMPTY_BUFFER;
    channel.pipeline().remove(this);
    return early;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (held.isReadable()) {
      held = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), held, bytes);
    } else {
      held.release();
      held = bytes;
    }
    if (open || opened.isDone()) return;
    ByteBuf out = ctx.alloc().buffer(SAY_MAX);
    HopTalk.Step step = talk.read(held, out);
    if (out.isReadable()) {
      ctx.writeAndFlush(out, ctx.voidPromise());
    } else {
      out.release();
    }
    switch (step) {
      case WAIT -> {}
      case OPEN -> open(ctx);
      case FAILED ->
          talk.failure()
              .ifPresent(
                  failure ->
                      fail(
                          ctx,
                          failure.ofProxy()
                              ? new ProxyFailedException(failure.cause())
                              : failure.cause()));
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (open) {
      ctx.fireChannelReadComplete();
    } else {
      ctx.read();
    }
  }

  /** The first read of whoever has the channel now. */
  @Override
  public void read(ChannelHandlerContext ctx) {
    if (!open || !held.isReadable()) {
      ctx.read();
      return;
    }
    if (delivering) return;
    delivering = true;
    // Later, not inside the caller's call, who may not be ready for bytes before it returns.
    ctx.executor()
        .execute(
            () -> {
              if (ctx.isRemoved()) return;
              ByteBuf bytes = held;
              held = Unpooled.EMPTY_BUFFER;
              ctx.fireChannelRead(bytes);
              ctx.fireChannelReadComplete();
              ctx.pipeline().remove(this);
              if (ctx.channel().config().isAutoRead()) ctx.channel().read();
            });
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (!open && event instanceof ChannelInputShutdownEvent) gone(ctx);
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (!open) gone(ctx);
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (open) {
      ctx.fireExceptionCaught(cause);
    } else {
      gone(ctx);
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    held.release();
    held = Unpooled.EMPTY_BUFFER;
  }

  private void open(ChannelHandlerContext ctx) {
    open = true;
    if (!held.isReadable()) ctx.pipeline().remove(this);
    if (!opened.complete(ctx.channel())) ctx.close(); // nobody waits any more
  }

  private void gone(ChannelHandlerContext ctx) {
    fail(
        ctx,
        new ProxyFailedException(
            new DialException.Refused(
                to, to + ": the proxy " + hop.name() + " ended the connection")));
  }

  private void fail(ChannelHandlerContext ctx, Exception failure) {
    opened.completeExceptionally(failure);
    ctx.close();
  }
}
