package io.fairlead.net.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslClientHelloHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the ClientHello, then makes room for the engine of the certificate that fits it, or
 * refuses with an alert. One time-out spans the hello and the handshake.
 */
final class HelloHandler extends SslClientHelloHandler<ServerTls.Choice> {
  /** A hello may come in many records; more than this is no hello (RFC 8446 §4). */
  private static final int HELLO_BYTES_MAX = 64 * 1024;

  private static final byte ALERT = 21;
  private static final byte FATAL = 2;

  private final ServerTls tls;
  private final long timeoutMillis;
  private @Nullable ScheduledFuture<?> timeout;

  HelloHandler(ServerTls tls, long timeoutMillis) {
    super(HELLO_BYTES_MAX);
    this.tls = tls;
    this.timeoutMillis = timeoutMillis;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
    super.handlerAdded(ctx);
    if (timeoutMillis > 0) {
      timeout = ctx.executor().schedule(() -> tooLate(ctx), timeoutMillis, TimeUnit.MILLISECONDS);
    }
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext ctx) throws Exception {
    if (timeout != null) timeout.cancel(false);
    super.handlerRemoved0(ctx);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    if (timeout != null) timeout.cancel(false);
    super.channelInactive(ctx);
  }

  @Override
  protected Future<ServerTls.Choice> lookup(
      ChannelHandlerContext ctx, @Nullable ByteBuf clientHello) {
    Greeting greeting = clientHello == null ? Greeting.NONE : Greeting.read(clientHello);
    return ctx.executor().newSucceededFuture(tls.choose(greeting));
  }

  @Override
  protected void onLookupComplete(ChannelHandlerContext ctx, Future<ServerTls.Choice> chosen) {
    switch (chosen.getNow()) {
      case ServerTls.Choice.Shown(var entry, var facts) -> {
        facts.note(ctx.channel());
        proceed(ctx, tls.handler(entry.context(), ctx.alloc()));
      }
      case ServerTls.Choice.Challenged(var context) -> {
        SslHandler handler = tls.handler(context, ctx.alloc());
        // Nothing follows such a handshake: who checks has seen what there is to see.
        handler.handshakeFuture().addListener(_ -> ctx.channel().close());
        proceed(ctx, handler);
      }
      case ServerTls.Choice.Refused(byte alert, String why) -> refuse(ctx, alert, why);
    }
  }

  private void proceed(ChannelHandlerContext ctx, SslHandler handler) {
    ScheduledFuture<?> running = timeout;
    handler.setHandshakeTimeoutMillis(
        running == null ? 0 : Math.max(1, running.getDelay(TimeUnit.MILLISECONDS)));
    ctx.pipeline().replace(this, ServerTls.HANDLER, handler);
  }

  private static void refuse(ChannelHandlerContext ctx, byte alert, String why) {
    byte[] said = {ALERT, 3, 3, 0, 2, FATAL, alert};
    var _ = ctx.writeAndFlush(Unpooled.wrappedBuffer(said));
    ctx.fireUserEventTriggered(new SslHandshakeCompletionEvent(new SSLHandshakeException(why)));
    var _ = ctx.close();
  }

  private void tooLate(ChannelHandlerContext ctx) {
    if (ctx.isRemoved()) return;
    ctx.fireUserEventTriggered(
        new SslHandshakeCompletionEvent(
            new SslHandshakeTimeoutException("no handshake after " + timeoutMillis + " ms")));
    var _ = ctx.close();
  }
}
