package io.fairlead.net.websocket;

import io.fairlead.net.http.Answer;
import io.fairlead.net.http.FieldEdits;
import io.fairlead.net.http.Fields;
import io.fairlead.net.http.RequestHead;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.net.http.WebSocketKey;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The server's end of the opening handshake (RFC 6455 §4.2). Confined to an exchange's loop. */
public final class WebSocketAccept {
  /** Bytes of the longest frame taken. */
  public static final int FRAME_MAX = 1 << 20;

  private final Channel channel;
  private final Start start;
  private final ByteBuf early;

  private WebSocketAccept(Channel channel, Start start, ByteBuf early) {
    this.channel = channel;
    this.start = start;
    this.early = early;
  }

  /** What is wrong with a request for a web socket; empty if nothing is. */
  public static Optional<Answer> objection(RequestHead head) {
    Fields fields = head.fields();
    boolean proper =
        head.upgradesToWebSocket()
            && head.method().equals("GET")
            && fields.first("sec-websocket-key").filter(WebSocketAccept::wellFormed).isPresent();
    if (!proper) {
      return Optional.of(
          Answer.error(426, "websocket_only", "a web socket is opened here, and nothing else")
              .with("Upgrade", "websocket")
              .with("Connection", "Upgrade")
              .closing());
    }
    if (!fields.first("sec-websocket-version").orElse("").equals("13")) {
      return Optional.of(
          Answer.error(426, "bad_upgrade", "websocket version 13 is spoken")
              .with("Sec-WebSocket-Version", "13"));
    }
    return Optional.empty();
  }

  /** The first sub-protocol the client offers that is spoken here. */
  public static Optional<String> subprotocol(RequestHead head, List<String> spoken) {
    for (String line : head.fields().all("sec-websocket-protocol")) {
      for (String name : line.split(",", -1)) {
        if (spoken.contains(name.strip())) return Optional.of(name.strip());
      }
    }
    return Optional.empty();
  }

  /** The same with binary frames as the bytes of a sub-protocol. */
  public static WebSocketAccept open(ServerExchange exchange, String subprotocol) {
    return open(exchange, Optional.of(subprotocol), new BinaryFrames());
  }

  /**
   * Opens the web socket of a request that has no {@link #objection}. Add what reads its bytes to
   * {@link #channel}, then {@link #begin}.
   *
   * @param frames turns frames of at most {@link #FRAME_MAX} into bytes and back
   */
  public static WebSocketAccept open(
      ServerExchange exchange, Optional<String> subprotocol, ChannelHandler frames) {
    String key = exchange.head().fields().first("sec-websocket-key").orElseThrow();
    FieldEdits edits = new FieldEdits().add("Sec-WebSocket-Accept", WebSocketKey.accept(key));
    subprotocol.ifPresent(name -> edits.add("Sec-WebSocket-Protocol", name));
    ByteBuf early = exchange.upgrade(101, edits);
    Channel channel = exchange.channel();
    Start start = new Start();
    channel
        .pipeline()
        .addLast("ws-start", start)
        // Before the decoder, which itself answers violations with a close frame.
        .addLast("ws-encoder", new WebSocket13FrameEncoder(false))
        .addLast(
            "ws-decoder",
            new WebSocket13FrameDecoder(
                WebSocketDecoderConfig.newBuilder()
                    .expectMaskedFrames(true)
                    .allowExtensions(false)
                    .maxFramePayloadLength(FRAME_MAX)
                    .closeOnProtocolViolation(true)
                    .build()))
        .addLast("ws-bytes", frames);
    return new WebSocketAccept(channel, start, early);
  }

  /** A byte stream, but for what came already. */
  public Channel channel() {
    return channel;
  }

  /** Hands on what came behind the request. Once. */
  public void begin() {
    start.handOn(early);
  }

  private static boolean wellFormed(String key) {
    try {
      return Base64.getDecoder().decode(key).length == 16;
    } catch (IllegalArgumentException notBase64) {
      return false;
    }
  }

  /** Where frames enter that came behind the request: after TLS, before the decoder. */
  private static final class Start extends ChannelInboundHandlerAdapter {
    private @Nullable ChannelHandlerContext context;

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      context = ctx;
    }

    /** Takes ownership. */
    void handOn(ByteBuf early) {
      ChannelHandlerContext ctx = context;
      if (ctx == null || !early.isReadable()) {
        early.release();
        return;
      }
      ctx.fireChannelRead(early);
      ctx.fireChannelReadComplete();
    }
  }
}
