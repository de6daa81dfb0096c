package io.fairlead.libp2p.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/** Collects what a stream receives. */
final class Inbox extends ChannelInboundHandlerAdapter {
  final CompletableFuture<String> whole = new CompletableFuture<>();
  final CompletableFuture<Optional<StreamReset>> gone = new CompletableFuture<>();
  final AtomicLong bytes = new AtomicLong();
  private final ByteArrayOutputStream text = new ByteArrayOutputStream();
  private Optional<StreamReset> reset = Optional.empty();

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    ByteBuf data = (ByteBuf) message;
    bytes.addAndGet(data.readableBytes());
    if (text.size() < 1 << 20) data.readBytes(text, data.readableBytes());
    data.release();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE)
      whole.complete(text.toString(StandardCharsets.UTF_8));
    if (event instanceof StreamReset r) reset = Optional.of(r);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    gone.complete(reset);
  }
}
