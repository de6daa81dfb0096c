package io.fairlead.pubsub.netty;

import io.fairlead.core.unit.Secret;
import io.fairlead.net.http.WebSocketKey;
import io.fairlead.net.http.codec.HeadLimits;
import io.fairlead.net.http.codec.HeadScanner;
import io.fairlead.net.http.codec.HeadWriter;
import io.fairlead.net.http.codec.ResponseScanner;
import io.fairlead.pubsub.ConnectionHandle;
import io.fairlead.pubsub.EndpointUrl;
import io.fairlead.pubsub.FrameSink;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.TerminalCause;
import io.fairlead.pubsub.codec.FrameFault;
import io.fairlead.pubsub.codec.FrameReader;
import io.fairlead.pubsub.codec.FrameWriter;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket connection, from the upgrade (RFC 6455 §4.1) to its closing handshake (§7). A peer
 * that does not answer a close frame gets one second.
 */
final class WsConnection extends LineHandler implements FrameReader.Sink {
  private static final HeadLimits LIMITS = new HeadLimits(8 * 1024, 32 * 1024, 16 * 1024, 100);
  private static final int NORMAL = 1000;
  private static final long CLOSE_MILLIS_MAX = 1000;

  private enum Phase {
    UPGRADING,
    OPEN,
    CLOSING
  }

  private final Wiring wiring;
  private final EndpointUrl url;
  private final Map<String, Secret> fields;
  private final CompletableFuture<ConnectionHandle> upgraded;
  private final boolean compression;
  private final String key;
  private final ResponseScanner head = new ResponseScanner(LIMITS);
  private final FrameReader frames;
  private final FrameWriter writer;
  private Phase phase = Phase.UPGRADING;
  private @Nullable ByteBuf early; // frames that came with the upgrade's answer

  WsConnection(
      Wiring wiring,
      EndpointUrl url,
      Map<String, Secret> fields,
      boolean compression,
      CompletableFuture<ConnectionHandle> upgraded) {
    this.wiring = wiring;
    this.url = url;
    this.fields = fields;
    this.upgraded = upgraded;
    this.compression = compression;
    this.key = WebSocketKey.fresh(wiring.randomness());
    this.frames =
        new FrameReader(
            wiring.loops().allocator(),
            wiring.bounds().frameBytes(),
            wiring.bounds().messageBytes());
    this.writer = new FrameWriter(wiring.loops().allocator(), wiring.randomness());
    head.reset(false);
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    if (!url.secure()) upgrade(ctx);
    else ctx.read();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent done) {
      if (done.isSuccess()) {
        upgrade(ctx);
      } else {
        upgraded.completeExceptionally(SecureStart.failure(done.cause()));
        ctx.close();
      }
    }
    ctx.fireUserEventTriggered(event);
  }

  private void upgrade(ChannelHandlerContext ctx) {
    HeadWriter request =
        new HeadWriter()
            .begin()
            .request("GET", url.target().reveal(), url.authority())
            .upgradeToWebSocket()
            .field("Sec-WebSocket-Version", "13")
            .field("Sec-WebSocket-Key", key);
    if (compression) request.field("Sec-WebSocket-Extensions", DeflateOffer.FIELD);
    fields.forEach((name, value) -> request.field(name, value.reveal()));
    ctx.writeAndFlush(request.end().toBuffer(ctx.alloc(), 0));
    ctx.read();
  }

  @Override
  void bytes(ByteBuf in) {
    if (phase == Phase.UPGRADING) {
      answer(in);
      return;
    }
    if (sink() == null) {
      keep(in);
      return;
    }
    FrameFault fault = frames.feed(in, this);
    if (fault != null) refuse(fault);
  }

  private void answer(ByteBuf in) {
    HeadScanner.Progress progress = head.feed(in);
    switch (progress) {
      case MORE -> context().read();
      case REJECTED -> {
        because(
            TerminalCause.of(TerminalCause.Kind.PROTOCOL, "the answer to the upgrade is no HTTP"));
        channel().close();
      }
      case COMPLETE -> {
        Optional<String> extensions = UpgradeCheck.field(head, "sec-websocket-extensions");
        boolean packed = compression && extensions.map(DeflateOffer::fits).orElse(false);
        if (head.status() != 101) {
          upgraded.completeExceptionally(UpgradeCheck.refused(head));
          channel().close();
        } else if (!UpgradeCheck.field(head, "sec-websocket-accept")
                .equals(Optional.of(WebSocketKey.accept(key)))
            || extensions.isPresent() && !packed
            || UpgradeCheck.field(head, "sec-websocket-protocol").isPresent()) {
          because(
              TerminalCause.of(
                  TerminalCause.Kind.PROTOCOL, "the answer to the upgrade is not for our key"));
          channel().close();
        } else {
          phase = Phase.OPEN;
          if (packed) frames.inflating();
          if (in.isReadable()) keep(in);
          if (!upgraded.complete(this)) channel().close();
        }
      }
    }
  }

  /** What comes before somebody listens: the rest of one read, or of one TLS record. */
  private void keep(ByteBuf in) {
    ByteBuf held = early;
    if (held == null) early = held = context().alloc().buffer(in.readableBytes());
    held.writeBytes(in);
  }

  @Override
  void listening() {
    ByteBuf first = early;
    early = null;
    if (first == null) return;
    try {
      bytes(first);
    } finally {
      first.release();
    }
  }

  @Override
  public void message(ByteBuf payload) {
    FrameSink to = sink();
    if (to != null) to.frame(payload);
  }

  @Override
  public void ping(ByteBuf payload) {
    if (phase == Phase.OPEN) write(writer.pong(payload));
  }

  @Override
  public void pong() {}

  @Override
  public void closing(int code, String reason) {
    because(TerminalCause.of(TerminalCause.Kind.CLOSED_BY_PEER, reason, code));
    if (phase == Phase.OPEN) {
      phase = Phase.CLOSING;
      context().writeAndFlush(writer.close(NORMAL, "")).addListener(ChannelFutureListener.CLOSE);
    } else {
      channel().close();
    }
  }

  private void refuse(FrameFault fault) {
    TerminalCause.Kind kind =
        switch (fault) {
          case PROTOCOL -> TerminalCause.Kind.PROTOCOL;
          case TOO_LARGE -> TerminalCause.Kind.FRAME_TOO_LARGE;
        };
    because(TerminalCause.of(kind, fault.name(), fault.closeCode()));
    phase = Phase.CLOSING;
    frames.close();
    context()
        .writeAndFlush(writer.close(fault.closeCode(), ""))
        .addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public void send(ByteBuf utf8) {
    try {
      if (phase == Phase.OPEN) write(writer.text(utf8));
    } finally {
      utf8.release();
    }
  }

  @Override
  public boolean pings() {
    return true;
  }

  @Override
  public boolean ping() {
    if (phase == Phase.OPEN) write(writer.ping());
    return true;
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    frames.close();
    ByteBuf first = early;
    early = null;
    if (first != null) first.release();
    super.channelInactive(ctx);
    if (!upgraded.isDone())
      terminated()
          .whenComplete(
              (why, _) ->
                  upgraded.completeExceptionally(new PubSubException.TransportError(why, false)));
  }

  @Override
  public void close() {
    close(TerminalCause.of(TerminalCause.Kind.CLOSED, ""));
  }

  @Override
  public void close(TerminalCause why) {
    int code = why.code() >= NORMAL && why.code() < 5000 ? why.code() : NORMAL;
    wiring
        .loop()
        .execute(
            () -> {
              because(why);
              if (phase != Phase.OPEN) {
                channel().close();
                return;
              }
              phase = Phase.CLOSING;
              var _ = context().writeAndFlush(writer.close(code, ""));
              var _ =
                  wiring
                      .loop()
                      .schedule(() -> channel().close(), CLOSE_MILLIS_MAX, TimeUnit.MILLISECONDS);
            });
  }
}
