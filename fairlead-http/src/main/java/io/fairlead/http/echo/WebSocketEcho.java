package io.fairlead.http.echo;

import io.fairlead.net.http.Answer;
import io.fairlead.net.http.FieldEdits;
import io.fairlead.net.http.Fields;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.net.http.WebSocketKey;
import io.fairlead.net.live.LiveConnection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.Utf8FrameValidator;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The echo of an upgraded connection (RFC 6455): data frames come back as they are, pings as pongs.
 * A frame holds at most 1 MiB.
 */
final class WebSocketEcho extends SimpleChannelInboundHandler<WebSocketFrame> {
  private static final int FRAME_MAX = 1 << 20;
  private static final int IDLE_SECONDS = 3600;

  private final LiveConnection connection;

  private WebSocketEcho(LiveConnection connection) {
    this.connection = connection;
  }

  /** Accepts the upgrade, or refuses it when its fields are not those of RFC 6455 §4.2.1. */
  static void accept(ServerExchange exchange) {
    Fields fields = exchange.head().fields();
    Optional<String> key = fields.first("sec-websocket-key");
    if (!exchange.head().method().equals("GET") || key.isEmpty() || !wellFormed(key.get())) {
      exchange.respond(Answer.error(400, "bad_upgrade", "GET and a 16-byte key are needed"));
      return;
    }
    if (!fields.first("sec-websocket-version").orElse("").equals("13")) {
      exchange.respond(
          Answer.error(426, "bad_upgrade", "websocket version 13 is spoken")
              .with("Sec-WebSocket-Version", "13"));
      return;
    }
    FieldEdits edits = new FieldEdits().add("Sec-WebSocket-Accept", WebSocketKey.accept(key.get()));
    LiveConnection connection = exchange.connection();
    ByteBuf early = exchange.upgrade(101, edits);
    Channel channel = exchange.channel();
    if (!exchange.multiplexed()) connection.kind("websocket");
    channel
        .pipeline()
        // First, because the decoder itself answers violations with a close frame.
        .addLast(new WebSocket13FrameEncoder(false))
        .addLast(
            new WebSocket13FrameDecoder(
                WebSocketDecoderConfig.newBuilder()
                    .expectMaskedFrames(true)
                    .allowExtensions(false)
                    .maxFramePayloadLength(FRAME_MAX)
                    .closeOnProtocolViolation(true)
                    .build()))
        .addLast(new Utf8FrameValidator())
        .addLast(new IdleStateHandler(0, 0, IDLE_SECONDS, TimeUnit.SECONDS))
        .addLast(new WebSocketEcho(connection));
    channel.config().setAutoRead(true);
    if (early.isReadable()) {
      channel.pipeline().fireChannelRead(early);
      channel.pipeline().fireChannelReadComplete();
    } else {
      early.release();
    }
  }

  private static boolean wellFormed(String key) {
    try {
      return Base64.getDecoder().decode(key).length == 16;
    } catch (IllegalArgumentException notBase64) {
      return false;
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame frame) {
    int bytes = frame.content().readableBytes();
    connection.addReceived(bytes);
    switch (frame) {
      case CloseWebSocketFrame close ->
          ctx.writeAndFlush(close.retain()).addListener(ChannelFutureListener.CLOSE);
      case PingWebSocketFrame ping -> ctx.write(new PongWebSocketFrame(ping.content().retain()));
      case PongWebSocketFrame _ -> {} // answers nothing
      default -> {
        connection.addSent(bytes);
        ctx.write(frame.retain());
      }
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.flush();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    ctx.channel().config().setAutoRead(ctx.channel().isWritable());
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    if (event instanceof ChannelInputShutdownEvent || event instanceof IdleStateEvent) {
      ctx.close();
    } else {
      super.userEventTriggered(ctx, event);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // The decoder answers a violation with a close frame of its own and closes after it.
    if (!(cause instanceof CorruptedWebSocketFrameException)) ctx.close();
  }
}
