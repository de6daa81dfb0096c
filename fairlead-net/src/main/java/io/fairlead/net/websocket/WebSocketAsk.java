package io.fairlead.net.websocket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshakerFactory;
import io.netty.handler.codec.http.websocketx.WebSocketHandshakeException;
import io.netty.handler.codec.http.websocketx.WebSocketVersion;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The client's end of the opening handshake (RFC 6455 §4.1). Confined to the channel's loop. */
public final class WebSocketAsk extends SimpleChannelInboundHandler<FullHttpResponse> {
  private static final int ANSWER_MAX = 8 * 1024;

  private final WebSocketClientHandshaker handshaker;
  private final CompletableFuture<Channel> result;
  private @Nullable Future<?> timer;

  private WebSocketAsk(WebSocketClientHandshaker handshaker, CompletableFuture<Channel> result) {
    this.handshaker = handshaker;
    this.result = result;
  }

  /**
   * Opens a web socket on a connection.
   *
   * @param channel connected, secured if the address says {@code wss}; takes ownership
   * @return completes on the loop with the same channel, a byte stream with {@code autoRead} off
   *     from then on; whoever wants its first bytes adds his handlers in that very moment
   */
  public static CompletableFuture<Channel> over(
      Channel channel, URI address, String subprotocol, Duration timeout) {
    CompletableFuture<Channel> result = new CompletableFuture<>();
    WebSocketClientHandshaker handshaker =
        WebSocketClientHandshakerFactory.newHandshaker(
            address,
            WebSocketVersion.V13,
            subprotocol,
            false,
            new DefaultHttpHeaders(),
            WebSocketAccept.FRAME_MAX);
    WebSocketAsk ask = new WebSocketAsk(handshaker, result);
    channel
        .pipeline()
        .addLast("http", new HttpClientCodec(4096, ANSWER_MAX, ANSWER_MAX))
        .addLast("http-whole", new HttpObjectAggregator(ANSWER_MAX))
        .addLast("ws-ask", ask);
    ask.timer =
        channel
            .eventLoop()
            .schedule(
                () -> ask.fail(channel, "no answer in time"),
                timeout.toNanos(),
                TimeUnit.NANOSECONDS);
    handshaker
        .handshake(channel)
        .addListener(
            sent -> {
              if (sent.isSuccess()) channel.config().setAutoRead(true);
              else ask.fail(channel, "closed");
            });
    return result;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpResponse answer) {
    if (result.isDone()) return;
    try {
      handshaker.finishHandshake(ctx.channel(), answer);
    } catch (WebSocketHandshakeException refused) {
      fail(ctx.channel(), "the answer was " + answer.status().code());
      return;
    }
    if (timer != null) timer.cancel(false);
    ctx.channel().config().setAutoRead(false);
    ctx.pipeline().addLast("ws-bytes", new BinaryFrames());
    ctx.pipeline().remove(this);
    if (!result.complete(ctx.channel())) ctx.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    fail(ctx.channel(), "closed");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    fail(ctx.channel(), "closed");
  }

  private void fail(Channel channel, String why) {
    if (timer != null) timer.cancel(false);
    channel.close();
    result.completeExceptionally(new IOException("no web socket: " + why));
  }
}
