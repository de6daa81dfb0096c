package io.fairlead.proxy.stream.netty;

import io.fairlead.core.dial.Destination;
import io.fairlead.net.websocket.WebSocketAccept;
import io.fairlead.proxy.stream.Bridge;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshakerFactory;
import io.netty.handler.codec.http.websocketx.WebSocketHandshakeException;
import io.netty.handler.codec.http.websocketx.WebSocketVersion;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The opening handshake with a server (RFC 6455 §4.1). Afterwards the pipeline turns bytes into
 * frames and back. Confined to the channel's event loop.
 */
final class WebSocketClient extends SimpleChannelInboundHandler<FullHttpResponse> {
  private static final int ANSWER_MAX = 8 * 1024;

  private final WebSocketClientHandshaker handshaker;
  private final Consumer<Boolean> told;
  private @Nullable Future<?> timer;
  private boolean over;

  private WebSocketClient(WebSocketClientHandshaker handshaker, Consumer<Boolean> told) {
    this.handshaker = handshaker;
    this.told = told;
  }

  /**
   * Asks for the upgrade.
   *
   * @param channel connected, {@code autoRead} off
   * @param told once, on the loop, later: whether the server agreed
   */
  static void open(
      Channel channel,
      Bridge bridge,
      Destination server,
      Duration timeout,
      Consumer<Boolean> told) {
    boolean secured = channel.pipeline().get(SslHandler.class) != null;
    String authority =
        server instanceof Destination.HostPort hostPort ? hostPort.toString() : "localhost";
    HttpHeaders headers = new DefaultHttpHeaders();
    bridge.host().ifPresent(host -> headers.set("host", host));
    WebSocketClientHandshaker handshaker =
        WebSocketClientHandshakerFactory.newHandshaker(
            URI.create((secured ? "wss://" : "ws://") + authority + bridge.path()),
            WebSocketVersion.V13,
            bridge.subprotocol().orElse(null),
            false,
            headers,
            WebSocketAccept.FRAME_MAX);
    WebSocketClient client = new WebSocketClient(handshaker, told);
    channel
        .pipeline()
        .addLast("http", new HttpClientCodec(4096, ANSWER_MAX, ANSWER_MAX))
        .addLast("http-whole", new HttpObjectAggregator(ANSWER_MAX))
        .addLast("handshake", client);
    client.timer =
        channel
            .eventLoop()
            .schedule(() -> client.end(channel, false), timeout.toNanos(), TimeUnit.NANOSECONDS);
    handshaker
        .handshake(channel)
        .addListener(
            sent -> {
              if (sent.isSuccess()) channel.read();
              else client.end(channel, false);
            });
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpResponse answer) {
    if (over) return;
    try {
      handshaker.finishHandshake(ctx.channel(), answer);
    } catch (WebSocketHandshakeException refused) {
      end(ctx.channel(), false);
      return;
    }
    ctx.pipeline().addLast("bytes", new WebSocketBytes());
    ctx.pipeline().remove(this);
    end(ctx.channel(), true);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (!over) ctx.read();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end(ctx.channel(), false);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    end(ctx.channel(), false);
  }

  private void end(Channel channel, boolean agreed) {
    if (over) return;
    over = true;
    if (timer != null) timer.cancel(false);
    if (!agreed) channel.close();
    told.accept(agreed);
  }
}
