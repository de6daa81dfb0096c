package io.fairlead.net.http2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a {@link Session} into its channel's pipeline: the codec's handler, with the ends of
 * connections and streams in our hands. Confined to the event loop.
 */
final class FrameHandler extends Http2ConnectionHandler {
  private static final Logger log = LoggerFactory.getLogger(FrameHandler.class);

  private final Session session;

  FrameHandler(
      Http2ConnectionDecoder decoder,
      Http2ConnectionEncoder encoder,
      Http2Settings initial,
      Session session) {
    // Closing is closing: whoever wants to announce it does so himself.
    super(decoder, encoder, initial, true);
    this.session = session;
    decoder.frameListener(session);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
    session.entered(ctx);
    super.handlerAdded(ctx);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    if (!(message instanceof ByteBuf bytes) || session.takesNoMore(bytes)) {
      ReferenceCountUtil.release(message);
      return;
    }
    session.burstBegin(bytes.readableBytes());
    super.channelRead(ctx, message);
  }

  /**
   * Bytes that were read before it was in the pipeline: they have passed the handlers before it, so
   * they must not pass TLS again. Takes ownership.
   */
  void first(ChannelHandlerContext ctx, ByteBuf already) {
    try {
      channelRead(ctx, already);
      channelReadComplete(ctx);
    } catch (Exception broken) {
      exceptionCaught(ctx, broken);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    session.burstEnd();
    super.channelReadComplete(ctx);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    if (!session.event(event)) super.userEventTriggered(ctx, event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    session.inactive();
    super.channelInactive(ctx);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    log.atDebug().setCause(cause).log("connection broke");
    var _ = ctx.close();
  }

  @Override
  protected void onConnectionError(
      ChannelHandlerContext ctx, boolean outbound, Throwable cause, Http2Exception typed) {
    if (typed != null) {
      session.fail(typed.error());
    } else if (cause instanceof IOException) {
      log.atDebug().setCause(cause).log("connection broke"); // nothing can be said any more
      var _ = ctx.channel().close();
    } else {
      log.atError().setCause(cause).log("http/2 connection failed");
      session.fail(Http2Error.INTERNAL_ERROR);
    }
  }

  @Override
  protected void onStreamError(
      ChannelHandlerContext ctx,
      boolean outbound,
      Throwable cause,
      Http2Exception.StreamException typed) {
    super.onStreamError(ctx, outbound, cause, typed);
    if (!outbound) session.resetFor(typed);
  }

  @Override
  protected void handleServerHeaderDecodeSizeError(ChannelHandlerContext ctx, Http2Stream stream) {
    session.headTooLarge(stream);
  }
}
