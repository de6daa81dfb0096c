package io.fairlead.net.http;

import io.fairlead.net.listen.DrainEvent;
import io.fairlead.net.listen.LeaveEvent;
import io.fairlead.net.live.HeldBytes;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.CodecException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts a {@link ServerConnection} into its channel's pipeline and among the loop's deadlines. */
final class ServerHandler extends LoopTick.Member implements HeldBytes {
  private static final Logger log = LoggerFactory.getLogger(ServerHandler.class);

  private final ServerConnection connection;

  ServerHandler(ServerConnection connection) {
    this.connection = connection;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    connection.entered(ctx);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof ByteBuf bytes && !connection.gone()) {
      connection.read(bytes);
    } else {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    connection.burstOver();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable()) connection.writable();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    switch (event) {
      case DrainEvent drain -> connection.leave(drain.idleCloseNanos());
      case LeaveEvent leave -> connection.leave(leave.idleCloseNanos());
      case ChannelInputShutdownEvent _ -> connection.inputShut();
      case SslCloseCompletionEvent _ -> connection.inputShut();
      default -> ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    connection.lost();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof RuntimeException && !(cause instanceof CodecException)) {
      log.atError().setCause(cause).log("http connection failed");
    } else {
      log.atDebug()
          .addKeyValue("connection", connection.live().id())
          .setCause(cause)
          .log("connection broke");
    }
    connection.output().closeNow();
  }

  @Override
  protected void tick(long nowNanos) {
    connection.tick(nowNanos);
  }

  @Override
  long heapBytes() {
    return connection.headBytes();
  }

  @Override
  public long heldBytes() {
    return connection.heldBytes();
  }
}
