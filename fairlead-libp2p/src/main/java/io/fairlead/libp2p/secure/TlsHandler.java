package io.fairlead.libp2p.secure;

import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PublicKey;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.nio.channels.ClosedChannelException;
import java.util.Optional;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * Puts the TLS engine before itself and says who is at the other end. A dialler believes the
 * handshake complete before the other side has looked at its certificate, so an end before the
 * first byte is told as a failed handshake. Owned by the event loop.
 */
final class TlsHandler extends ChannelInboundHandlerAdapter {
  private final boolean dialler;
  private final SslContext context;
  private final @Nullable PeerId expected;
  private final Executor crypto;
  private final SecureMeters.Handshakes meters;
  private @Nullable SslHandler engine;
  private boolean secured;
  private boolean heard;
  private boolean failed;

  TlsHandler(
      boolean dialler,
      SslContext context,
      @Nullable PeerId expected,
      Executor crypto,
      SecureMeters.Handshakes meters) {
    this.dialler = dialler;
    this.context = context;
    this.expected = expected;
    this.crypto = crypto;
    this.meters = meters;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    SslHandler handler = context.newHandler(ctx.alloc(), crypto);
    handler.setHandshakeTimeoutMillis(0); // a deadline for the whole is kept by whoever added us
    if (handler.engine() instanceof ReferenceCountedOpenSslEngine loaded) NativeTickets.off(loaded);
    engine = handler;
    ctx.pipeline().addBefore(ctx.name(), null, handler);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    switch (event) {
      case SslHandshakeCompletionEvent done when done.isSuccess() -> complete(ctx);
      case SslHandshakeCompletionEvent done -> fail(ctx, failure(done.cause()));
      case SslCloseCompletionEvent _ -> {} // the end of the channel tells the same
      default -> ctx.fireUserEventTriggered(event);
    }
  }

  private void complete(ChannelHandlerContext ctx) {
    SslHandler handler = engine;
    if (handler == null || failed) return;
    try {
      PublicKey key =
          TlsIdentity.named(handler.engine().getSession().getPeerCertificates()[0]);
      PeerId remote = key.peerId();
      if (expected != null && !expected.equals(remote)) {
        throw new WrongPeerException(expected, remote);
      }
      String protocol = handler.applicationProtocol();
      if (protocol == null) {
        throw new HandshakeException(HandshakeException.Reason.NO_MUXER, "tls: no ALPN");
      }
      Optional<String> muxer = Optional.of(protocol).filter(id -> !id.equals(Tls.LATER));
      secured = true;
      meters.completed();
      ctx.fireUserEventTriggered(new Secured(remote, key, muxer));
    } catch (HandshakeException failure) {
      fail(ctx, failure);
    } catch (SSLPeerUnverifiedException impossible) {
      fail(ctx, failure(impossible)); // a certificate is required of both sides
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    heard = true;
    ctx.fireChannelRead(message);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (failed) return; // told already; the engine goes on about it
    if (!secured || dialler && !heard) fail(ctx, failure(cause));
    else ctx.fireExceptionCaught(cause);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (!secured || dialler && !heard) fail(ctx, closedEarly());
    ctx.fireChannelInactive();
  }

  private void fail(ChannelHandlerContext ctx, HandshakeException failure) {
    if (failed) return;
    failed = true;
    meters.failed(failure.reason());
    ctx.fireExceptionCaught(failure);
    ctx.close();
  }

  /** What we refused is told as such; whatever the engine says is the other side's doing. */
  private HandshakeException failure(Throwable cause) {
    for (Throwable at = cause; at != null; at = at.getCause()) {
      if (at instanceof HandshakeException refused) return refused;
    }
    if (secured || cause instanceof ClosedChannelException) return closedEarly();
    return new HandshakeException(
        HandshakeException.Reason.MALFORMED, "tls: " + cause.getMessage());
  }

  private static HandshakeException closedEarly() {
    return new HandshakeException(
        HandshakeException.Reason.CLOSED_EARLY,
        "tls: closed before a first byte, as by a peer that does not accept us");
  }
}
