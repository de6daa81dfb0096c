package io.fairlead.http.echo;

import io.fairlead.net.live.LiveConnection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides by the first bytes whether a connection speaks HTTP, and replaces itself. Bytes that
 * could still become a method are held back for at most a quarter of a second, since who sends a
 * lone {@code G} to an echo service waits for it to come back.
 */
final class EchoSniffer extends ChannelInboundHandlerAdapter {
  private static final long PATIENCE_MILLIS = 250;
  private static final byte[][] METHODS =
      Stream.of(
              "GET ",
              "HEAD ",
              "POST ",
              "PUT ",
              "DELETE ",
              "OPTIONS ",
              "PATCH ",
              "TRACE ",
              "CONNECT ",
              "PRI ") // the preface of HTTP/2
          .map(method -> method.getBytes(StandardCharsets.US_ASCII))
          .toArray(byte[][]::new);

  private final EchoFace face;
  private final LiveConnection connection;
  private ByteBuf held = Unpooled.EMPTY_BUFFER;
  private @Nullable ScheduledFuture<?> patience;
  private boolean decided;

  EchoSniffer(EchoFace face, LiveConnection connection) {
    this.face = face;
    this.connection = connection;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf data = (ByteBuf) message;
    held = held.isReadable() ? Unpooled.wrappedBuffer(held, data) : data;
    switch (guess(held)) {
      case HTTP -> decide(ctx, true);
      case BYTES -> decide(ctx, false);
      case UNDECIDED -> {
        if (patience == null) {
          patience =
              ctx.executor()
                  .schedule(() -> decide(ctx, false), PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        }
      }
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    if (event instanceof ChannelInputShutdownEvent && !decided) {
      decide(ctx, false);
      ctx.channel().pipeline().fireUserEventTriggered(event);
      return;
    }
    super.userEventTriggered(ctx, event);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    stopWaiting();
    if (!decided) held.release();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close(); // a reset; the peer is gone
  }

  private void decide(ChannelHandlerContext ctx, boolean http) {
    if (decided || ctx.isRemoved()) return;
    decided = true;
    stopWaiting();
    ByteBuf first = held;
    held = Unpooled.EMPTY_BUFFER;
    ctx.channel().config().setAutoRead(false);
    ctx.pipeline().remove(this);
    if (http) {
      face.speakHttp(ctx.channel(), connection, first);
    } else {
      face.speakBytes(ctx.channel(), connection, first);
    }
  }

  private void stopWaiting() {
    if (patience != null) patience.cancel(false);
    patience = null;
  }

  private enum Guess {
    HTTP,
    BYTES,
    UNDECIDED
  }

  private static Guess guess(ByteBuf bytes) {
    boolean possible = false;
    for (byte[] method : METHODS) {
      int length = Math.min(method.length, bytes.readableBytes());
      boolean same = true;
      for (int i = 0; i < length && same; i++) {
        same = bytes.getByte(bytes.readerIndex() + i) == method[i];
      }
      if (same && length == method.length) return Guess.HTTP;
      possible |= same;
    }
    return possible ? Guess.UNDECIDED : Guess.BYTES;
  }
}
