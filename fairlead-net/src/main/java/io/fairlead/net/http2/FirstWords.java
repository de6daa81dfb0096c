package io.fairlead.net.http2;

import io.fairlead.net.http.EdgeBound;
import io.fairlead.net.listen.DrainEvent;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Tells HTTP/2 from HTTP/1 by the first bytes of a connection without TLS (RFC 9113 §3.4) and
 * leaves the pipeline. Holds at most the first words and one read.
 */
final class FirstWords extends ChannelInboundHandlerAdapter {
  /** What no request of HTTP/1 begins with; the codec checks the rest of the preface. */
  private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n".getBytes(StandardCharsets.US_ASCII);

  private final NegotiatedEdge.Entrance entrance;
  private ByteBuf held = Unpooled.EMPTY_BUFFER;
  private @Nullable ChannelHandlerContext context;
  private @Nullable Future<?> timer;
  private boolean decided;

  FirstWords(NegotiatedEdge.Entrance entrance) {
    this.entrance = entrance;
  }

  /** Takes ownership. */
  void begin(ByteBuf already) {
    ChannelHandlerContext ctx = context;
    if (ctx == null) throw new IllegalStateException("not in a pipeline");
    look(ctx, already);
    if (!decided) ctx.channel().config().setAutoRead(true);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    timer =
        ctx.executor()
            .schedule(
                () -> {
                  entrance.edge().meters().beyond(EdgeBound.FIRST_REQUEST);
                  ctx.close();
                },
                entrance.settings().firstRequestTimeout().toNanos(),
                TimeUnit.NANOSECONDS);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    look(ctx, (ByteBuf) message);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof DrainEvent || event instanceof ChannelInputShutdownEvent) {
      var _ = ctx.close();
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
    var _ = ctx.close();
  }

  private void look(ChannelHandlerContext ctx, ByteBuf bytes) {
    if (held.isReadable()) {
      held = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), held, bytes);
    } else {
      held = bytes;
    }
    int known = Math.min(held.readableBytes(), PREFACE.length);
    for (int i = 0; i < known; i++) {
      if (held.getByte(held.readerIndex() + i) != PREFACE[i]) {
        decide(ctx, false);
        return;
      }
    }
    if (known == PREFACE.length) decide(ctx, true);
  }

  private void decide(ChannelHandlerContext ctx, boolean version2) {
    decided = true;
    ctx.pipeline().remove(this);
    entrance.enter(version2, held);
  }
}
