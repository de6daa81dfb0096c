package io.fairlead.pubsub.netty;

import io.fairlead.pubsub.ConnectionHandle;
import io.fairlead.pubsub.FrameSink;
import io.fairlead.pubsub.TerminalCause;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A stream as a connection: writes are flushed once per turn of the loop, nothing is read before
 * somebody listens, and there is one terminal cause. On its event loop, but {@link #close}.
 */
abstract class LineHandler extends ChannelInboundHandlerAdapter implements ConnectionHandle {
  private final CompletableFuture<TerminalCause> terminated = new CompletableFuture<>();
  private @Nullable ChannelHandlerContext context;
  private @Nullable FrameSink sink;
  private @Nullable TerminalCause cause;
  private boolean flushing;
  private volatile long received;

  final Channel channel() {
    return context().channel();
  }

  final ChannelHandlerContext context() {
    ChannelHandlerContext ctx = context;
    if (ctx == null) throw new IllegalStateException("not in a pipeline");
    return ctx;
  }

  final @Nullable FrameSink sink() {
    return sink;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public final void onFrame(FrameSink next) {
    sink = next;
    listening();
    channel().config().setAutoRead(true);
  }

  /** Somebody listens now. */
  void listening() {}

  /**
   * Takes bytes.
   *
   * @param in borrows
   */
  abstract void bytes(ByteBuf in);

  @Override
  public final void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (message instanceof ByteBuf in) {
        received += in.readableBytes();
        bytes(in);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public final void exceptionCaught(ChannelHandlerContext ctx, Throwable failure) {
    fail(TerminalCause.of(TerminalCause.Kind.TRANSPORT, SocketDial.word(failure)));
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    TerminalCause known = cause;
    terminated.complete(
        known == null
            ? TerminalCause.of(TerminalCause.Kind.CLOSED_BY_PEER, "end of stream")
            : known);
  }

  /** Says why it ends; the first reason counts. */
  final void because(TerminalCause reason) {
    if (cause == null) cause = reason;
  }

  /** Ends it now. */
  final void fail(TerminalCause reason) {
    because(reason);
    channel().close();
  }

  /**
   * Writes, and flushes at the end of this turn.
   *
   * @param out takes ownership
   */
  final void write(ByteBuf out) {
    ChannelHandlerContext ctx = context();
    ctx.write(out, ctx.voidPromise());
    if (flushing) return;
    flushing = true;
    ctx.executor()
        .execute(
            () -> {
              flushing = false;
              ctx.flush();
            });
  }

  @Override
  public final CompletionStage<TerminalCause> terminated() {
    return terminated;
  }

  @Override
  public final long pendingBytes() {
    ChannelOutboundBuffer out = channel().unsafe().outboundBuffer();
    return out == null ? 0 : out.totalPendingWriteBytes();
  }

  @Override
  public final long receivedBytes() {
    return received;
  }

  @Override
  public final void reading(boolean on) {
    channel().config().setAutoRead(on);
  }
}
