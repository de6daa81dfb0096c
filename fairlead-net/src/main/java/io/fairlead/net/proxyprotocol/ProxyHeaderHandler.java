package io.fairlead.net.proxyprotocol;

import io.fairlead.net.proxyprotocol.codec.ProxyHeader;
import io.fairlead.net.proxyprotocol.codec.ProxyHeaderReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads the header of one connection and then leaves. First in the pipeline; {@code autoRead} is
 * off. What came behind the header is handed on at the first read that somebody asks for.
 */
public final class ProxyHeaderHandler extends ChannelDuplexHandler {
  /** Hears the outcome, once, on the event loop. */
  public interface Outcome {
    /** The header; the pipeline behind this handler may be built now. */
    void announced(ProxyHeader header);

    /**
     * There is none; the channel is being closed.
     *
     * @param late whether it did not come in time
     */
    void refused(String reason, boolean late);
  }

  private final Duration timeout;
  private final Outcome outcome;
  private ByteBuf bytes = Unpooled.EMPTY_BUFFER;
  private boolean over;
  private boolean handingOn;
  private boolean wanted; // more, by somebody who was given what came behind the header
  private boolean inputEnded;
  private @Nullable Future<?> timer;

  public ProxyHeaderHandler(Duration timeout, Outcome outcome) {
    this.timeout = timeout;
    this.outcome = outcome;
  }

  /** Begins to read; once it is in the pipeline. */
  public void begin(Channel channel) {
    timer =
        channel
            .eventLoop()
            .schedule(
                () -> refuse(channel, "no header in time", true),
                timeout.toNanos(),
                TimeUnit.NANOSECONDS);
    channel.read();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf more)) {
      ReferenceCountUtil.release(message);
      return;
    }
    bytes = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), bytes, more);
    if (over) return; // behind the header, read before it was complete
    switch (ProxyHeaderReader.read(bytes)) {
      case ProxyHeaderReader.Result.Incomplete _ -> {} // the end of the burst asks for more
      case ProxyHeaderReader.Result.Malformed(String reason) ->
          refuse(ctx.channel(), reason, false);
      case ProxyHeaderReader.Result.Complete(ProxyHeader header, int length) -> {
        over = true;
        cancelTimer();
        bytes.skipBytes(length);
        outcome.announced(header);
        leaveIfEmpty(ctx);
      }
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (over) {
      ctx.fireChannelReadComplete();
    } else {
      ctx.read();
    }
  }

  /** Somebody behind wants bytes: those that are here come first. */
  @Override
  public void read(ChannelHandlerContext ctx) {
    if (!over) {
      ctx.read();
      return;
    }
    wanted = true;
    if (handingOn) return;
    handingOn = true;
    // Later: who asks does not expect an answer within the question.
    ctx.executor().execute(() -> handOn(ctx));
  }

  private void handOn(ChannelHandlerContext ctx) {
    if (ctx.isRemoved()) return;
    ByteBuf rest = bytes;
    bytes = Unpooled.EMPTY_BUFFER;
    if (rest.isReadable()) {
      wanted = false; // unless they ask again while they look at it
      ctx.fireChannelRead(rest);
      ctx.fireChannelReadComplete();
    } else {
      rest.release();
    }
    if (inputEnded) ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    if (ctx.isRemoved()) return;
    Channel channel = ctx.channel();
    ctx.pipeline().remove(this);
    if (wanted || channel.config().isAutoRead()) channel.read();
  }

  private void leaveIfEmpty(ChannelHandlerContext ctx) {
    if (handingOn || bytes.isReadable() || ctx.isRemoved()) return;
    ctx.pipeline().remove(this);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (!over && event == ChannelInputShutdownEvent.INSTANCE) {
      refuse(ctx.channel(), "ended before its header", false);
    } else if (event == ChannelInputShutdownEvent.INSTANCE && bytes.isReadable()) {
      inputEnded = true; // told after the bytes before it
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (!over) refuse(ctx.channel(), "ended before its header", false);
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (over) {
      ctx.fireExceptionCaught(cause);
    } else {
      refuse(ctx.channel(), "ended before its header", false);
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    cancelTimer();
    bytes.release();
    bytes = Unpooled.EMPTY_BUFFER;
  }

  private void refuse(Channel channel, String reason, boolean late) {
    if (over) return;
    over = true;
    cancelTimer();
    outcome.refused(reason, late);
    var _ = channel.close();
  }

  private void cancelTimer() {
    if (timer != null) timer.cancel(false);
    timer = null;
  }
}
