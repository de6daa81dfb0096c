package io.fairlead.tunnel.server.netty;

import io.fairlead.tunnel.codec.BadControlException;
import io.fairlead.tunnel.codec.DatagramCapsules;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams that an agent exchanges with one destination. What waits is bounded: the oldest is
 * dropped. Confined to one event loop.
 */
public final class ExitDatagrams extends ChannelInboundHandlerAdapter {
  private static final int WAITING_MAX = 128 * 1024;

  private final EventLoop loop;
  private final Consumer<ByteBuf> answers;
  private final ServerMeters meters;
  private final DatagramCapsules capsules = new DatagramCapsules();
  private final WaitingDatagrams waiting;
  private boolean over;

  ExitDatagrams(EventLoop loop, Consumer<ByteBuf> answers, ServerMeters meters) {
    this.loop = loop;
    this.answers = answers;
    this.meters = meters;
    this.waiting = new WaitingDatagrams(WAITING_MAX, meters);
  }

  /** Uses a stream once it is there. */
  ExitDatagrams over(CompletableFuture<Channel> opening) {
    var _ =
        opening.whenComplete(
            (opened, _) -> {
              if (loop.inEventLoop()) begun(opened);
              else loop.execute(() -> begun(opened));
            });
    return this;
  }

  private void begun(@Nullable Channel opened) {
    if (opened == null) {
      close();
    } else if (over) {
      opened.close();
    } else {
      opened.pipeline().addLast("datagrams", this);
      opened.config().setAutoRead(true);
      waiting.goTo(opened);
    }
  }

  /** Takes ownership. */
  public void send(ByteBuf payload) {
    if (over) {
      payload.release();
      meters.datagramDropped();
      return;
    }
    waiting.add(payload);
    payload.release();
  }

  /** Whether it is of any use. */
  public boolean open() {
    return !over;
  }

  public void close() {
    if (over) return;
    over = true;
    waiting.close();
    capsules.close();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf bytes) || over) {
      ReferenceCountUtil.release(message);
      return;
    }
    try {
      capsules.read(bytes, ctx.alloc(), answers);
    } catch (BadControlException malformed) {
      close();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    waiting.pass();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE) close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    close();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    close();
  }
}
