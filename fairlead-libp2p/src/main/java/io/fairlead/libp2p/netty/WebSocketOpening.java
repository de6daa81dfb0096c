package io.fairlead.libp2p.netty;

import io.fairlead.net.websocket.BinaryFrames;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshakerFactory;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketVersion;
import java.net.URI;
import java.nio.channels.ClosedChannelException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Opens the web socket below a connection (RFC 6455 §4): any path is good, no sub-protocol is
 * spoken, one frame is at most {@value #FRAME_MAX} bytes.
 */
final class WebSocketOpening extends ChannelInboundHandlerAdapter {
  static final int FRAME_MAX = 1024 * 1024;
  private static final int HEAD_MAX = 8 * 1024;

  private final BiConsumer<Channel, @Nullable Throwable> opened;
  private boolean over;

  private WebSocketOpening(BiConsumer<Channel, @Nullable Throwable> opened) {
    this.opened = opened;
  }

  /**
   * Adds the server's handlers.
   *
   * @param opened called once on the loop, with a failure where there is no web socket
   */
  static void serve(ChannelPipeline pipeline, BiConsumer<Channel, @Nullable Throwable> opened) {
    pipeline
        .addLast(new HttpServerCodec(new HttpDecoderConfig().setMaxHeaderSize(HEAD_MAX)))
        .addLast(new HttpObjectAggregator(HEAD_MAX))
        .addLast(
            new WebSocketServerProtocolHandler(
                WebSocketServerProtocolConfig.newBuilder()
                    .websocketPath("/")
                    .checkStartsWith(true)
                    .dropPongFrames(true)
                    .handleCloseFrames(false)
                    .decoderConfig(decoder(true))
                    .build()))
        .addLast(new WebSocketOpening(opened));
  }

  /** Adds the client's handlers; as {@link #serve}. */
  static void ask(
      ChannelPipeline pipeline, URI uri, BiConsumer<Channel, @Nullable Throwable> opened) {
    pipeline
        .addLast(new HttpClientCodec())
        .addLast(new HttpObjectAggregator(HEAD_MAX))
        .addLast(
            new WebSocketClientProtocolHandler(
                WebSocketClientHandshakerFactory.newHandshaker(
                    uri, WebSocketVersion.V13, null, false, new DefaultHttpHeaders(), FRAME_MAX),
                false))
        .addLast(new WebSocketOpening(opened));
  }

  private static WebSocketDecoderConfig decoder(boolean masked) {
    return WebSocketDecoderConfig.newBuilder()
        .expectMaskedFrames(masked)
        .allowExtensions(false)
        .maxFramePayloadLength(FRAME_MAX)
        .closeOnProtocolViolation(true)
        .build();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof WebSocketServerProtocolHandler.HandshakeComplete
        || event == WebSocketClientProtocolHandler.ClientHandshakeStateEvent.HANDSHAKE_COMPLETE) {
      ctx.pipeline().replace(this, null, new BinaryFrames());
      end(ctx, null);
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end(ctx, new ClosedChannelException());
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    end(ctx, cause);
    ctx.close();
  }

  private void end(ChannelHandlerContext ctx, @Nullable Throwable failure) {
    if (over) return;
    over = true;
    opened.accept(ctx.channel(), failure);
  }
}
