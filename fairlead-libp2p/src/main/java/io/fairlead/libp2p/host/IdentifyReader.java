package io.fairlead.libp2p.host;

import io.fairlead.libp2p.codec.Delimited;
import io.fairlead.libp2p.codec.IdentifyMessage;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.identify.IdentifyParts;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Reads a peer's statement to the end of its stream, within five seconds. */
final class IdentifyReader extends ByteToMessageDecoder {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final CompletableFuture<IdentifyMessage> result;
  private final IdentifyParts parts = new IdentifyParts();
  private @Nullable Future<?> timeout;

  /**
   * @param result fails with {@link MalformedException}
   */
  IdentifyReader(CompletableFuture<IdentifyMessage> result) {
    this.result = result;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    timeout =
        ctx.executor()
            .schedule(() -> fail(ctx, "no end in time"), TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    ctx.fireChannelActive();
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (result.isDone()) {
      in.skipBytes(in.readableBytes());
      return;
    }
    try {
      while (true) {
        Optional<byte[]> message = Delimited.read(in, IdentifyMessage.BYTES_MAX);
        if (message.isEmpty()) return;
        if (!parts.add(message.get())) finish(ctx);
      }
    } catch (MalformedException malformed) {
      in.skipBytes(in.readableBytes());
      fail(ctx, malformed.getMessage());
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    super.userEventTriggered(ctx, event);
    if (event instanceof ChannelInputShutdownEvent) finish(ctx);
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext ctx) {
    finish(ctx);
  }

  private void finish(ChannelHandlerContext ctx) {
    if (!parts.any()) {
      fail(ctx, "nothing said");
      return;
    }
    result.complete(parts.whole());
    end(ctx);
  }

  private void fail(ChannelHandlerContext ctx, String reason) {
    result.completeExceptionally(new MalformedException("identify: " + reason));
    end(ctx);
  }

  private void end(ChannelHandlerContext ctx) {
    Future<?> set = timeout;
    if (set != null) set.cancel(false);
    ctx.close();
  }
}
