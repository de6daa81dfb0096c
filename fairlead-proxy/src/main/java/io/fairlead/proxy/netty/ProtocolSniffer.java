package io.fairlead.proxy.netty;

import io.fairlead.net.listen.DrainEvent;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the first bytes, then leaves the pipeline and hands on what it has. Writes nothing.
 * Holds at most six bytes more than one read, because six bytes always decide.
 */
final class ProtocolSniffer extends ChannelInboundHandlerAdapter {
  /** Goes on once the protocol is known. */
  interface Next {
    /**
     * Builds the pipeline; {@code MORE} when the time ran out, {@code UNKNOWN} when nothing fits.
     *
     * @param bytes takes ownership
     */
    void enter(FirstBytes protocol, ChannelHandlerContext context, ByteBuf bytes);
  }

  private final Duration timeout;
  private final Next next;
  private ByteBuf held = Unpooled.EMPTY_BUFFER;
  private @Nullable Future<?> timer;
  private boolean decided;

  ProtocolSniffer(Duration timeout, Next next) {
    this.timeout = timeout;
    this.next = next;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    timer =
        ctx.executor()
            .schedule(() -> decide(ctx, FirstBytes.MORE), timeout.toNanos(), TimeUnit.NANOSECONDS);
    if (ctx.channel().isActive()) ctx.read();
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    ctx.read();
    ctx.fireChannelActive();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    ByteBuf bytes = (ByteBuf) msg;
    held =
        held.isReadable()
            ? ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), held, bytes)
            : bytes;
    FirstBytes protocol = FirstBytes.of(held);
    if (protocol != FirstBytes.MORE) decide(ctx, protocol);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (decided) {
      ctx.fireChannelReadComplete(); // the read that decided ends for those who came after
    } else {
      ctx.read();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      decide(ctx, FirstBytes.UNKNOWN);
    } else if (event instanceof DrainEvent && !held.isReadable()) {
      ctx.close(); // has said nothing yet, loses nothing
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (timer != null) timer.cancel(false);
    if (!decided) held.release();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }

  private void decide(ChannelHandlerContext ctx, FirstBytes protocol) {
    if (decided || ctx.isRemoved()) return;
    decided = true;
    ctx.pipeline().remove(this);
    next.enter(protocol, ctx, held);
  }
}
