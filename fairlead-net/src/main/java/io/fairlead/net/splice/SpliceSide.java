package io.fairlead.net.splice;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** One channel of a splice: what it receives is written to its peer. */
final class SpliceSide extends ChannelInboundHandlerAdapter {
  // TLS holds written bytes until the flush without counting them as pending; this bounds a burst.
  private static final int UNFLUSHED_MAX = 512 * 1024;

  private final Splice splice;
  private final Channel channel;
  private long relayedBytes;
  private int unflushedBytes; // written to the peer since its last flush
  private boolean paused;
  private boolean inputEnded;
  private boolean outputEnding;
  private boolean outputEnded;
  private boolean abortOnEnd;
  private boolean deaf; // TLS that cannot send any more, though its connection is open

  SpliceSide(Splice splice, Channel channel) {
    this.splice = splice;
    this.channel = channel;
  }

  Channel channel() {
    return channel;
  }

  long relayedBytes() {
    return relayedBytes;
  }

  boolean inputEnded() {
    return inputEnded;
  }

  boolean outputEnded() {
    return outputEnded;
  }

  boolean deaf() {
    return deaf;
  }

  /** Bytes waiting to leave through this channel. */
  long pendingBytes() {
    ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
    return pending == null ? 0 : pending.totalPendingWriteBytes();
  }

  /** Begins to read, or notices what happened before it was joined. */
  void start() {
    if (splice.over()) return;
    if (!channel.isActive()) {
      splice.inactive(this);
      return;
    }
    SslHandler tls = tls();
    if ((channel instanceof DuplexChannel duplex && duplex.isInputShutdown())
        || (tls != null && tls.sslCloseFuture().isDone())) {
      if (tls != null && tls.sslCloseFuture().isDone()) noticeDeafTls();
      onInputEnd();
    }
    if (!paused && !splice.over()) channel.config().setAutoRead(true);
  }

  /** Writes bytes to the peer; takes ownership. */
  void relay(ByteBuf bytes) {
    SpliceSide peer = splice.peerOf(this);
    int count = bytes.readableBytes();
    if (count == 0 || splice.over() || splice.draining() || peer.outputEnding) {
      bytes.release();
      return;
    }
    relayedBytes += count;
    splice.relayed(this, count);
    unflushedBytes += count;
    Channel target = peer.channel;
    var _ = target.write(bytes, target.voidPromise()); // its failure is an exceptionCaught
    if (unflushedBytes >= UNFLUSHED_MAX || !target.isWritable()) flushPeer();
  }

  /** Sends what was written, and stops reading when the peer cannot take more. */
  void flushPeer() {
    if (unflushedBytes == 0) return;
    unflushedBytes = 0;
    Channel target = splice.peerOf(this).channel;
    target.flush();
    // Asked after the flush: one that made room has already told channelWritabilityChanged.
    if (!target.isWritable() && !paused && !splice.over()) {
      paused = true;
      channel.config().setAutoRead(false);
    }
  }

  /** Sends what is pending, then the end of the stream. */
  void endOutput() {
    if (outputEnding) return;
    outputEnding = true;
    splice.peerOf(this).unflushedBytes = 0;
    channel.flush();
    EndingWords words = words();
    if (words != null) {
      words.endOutput().addListener(_ -> onOutputEnd());
      return;
    }
    SslHandler tls = tls();
    // Netty drops pending writes when an output is shut down, so the shutdown waits behind them.
    ChannelFuture sent =
        tls == null ? channel.writeAndFlush(Unpooled.EMPTY_BUFFER) : tls.closeOutbound();
    sent.addListener(_ -> shutOutput());
  }

  /** Reads on and throws away, so that the end of the stream is seen. */
  void discardInput() {
    paused = false;
    if (channel.isActive()) channel.config().setAutoRead(true);
  }

  void abortOnEnd() {
    abortOnEnd = true;
  }

  /** Closes the channel; with a reset when {@code abort} and the other side failed. */
  void close(boolean abort) {
    if (!abort || !abortOnEnd) {
      var _ = channel.close();
      return;
    }
    EndingWords words = words();
    if (words != null) {
      words.abort();
      return;
    }
    try {
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
    } catch (ChannelException _) {
      // already closed
    }
    // Past TLS: a close_notify would tell the peer that the stream ended well.
    channel.unsafe().close(channel.voidPromise());
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof ByteBuf bytes) {
      relay(bytes);
    } else {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    flushPeer();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    SpliceSide source = splice.peerOf(this);
    if (!channel.isWritable() || !source.paused || splice.over()) return;
    source.paused = false;
    source.channel.config().setAutoRead(true);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslCloseCompletionEvent) {
      noticeDeafTls();
      onInputEnd();
    } else if (event == ChannelInputShutdownEvent.INSTANCE) {
      EndingWords words = words();
      if (words != null && words.deaf()) {
        deaf = true;
        outputEnding = true;
      }
      onInputEnd();
    } else {
      splice.event(this, event);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    splice.inactive(this);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    splice.failed(
        this,
        cause instanceof IOException && !(cause instanceof SSLException) ? "reset" : "tls_error");
  }

  private void onInputEnd() {
    if (inputEnded) return;
    inputEnded = true;
    flushPeer();
    splice.inputEnded(this);
  }

  // Deviation from RFC 8446 §6.1: Netty's BoringSSL engine closes both directions when the peer
  // ends
  // one, and so does TLS 1.2. What comes for such a peer can only be dropped.
  private void noticeDeafTls() {
    SslHandler tls = tls();
    if (tls == null) return;
    deaf = tls.engine() instanceof ReferenceCountedOpenSslEngine || tls.engine().isOutboundDone();
    if (deaf) outputEnding = true;
  }

  private void shutOutput() {
    SpliceSide peer = splice.peerOf(this);
    // Of the last direction the close says it; a shutdown costs Netty an exception with its stack.
    boolean last = inputEnded && peer.inputEnded && peer.outputEnded;
    if (!last && channel.isActive() && channel instanceof DuplexChannel duplex) {
      duplex.shutdownOutput().addListener(_ -> onOutputEnd());
    } else {
      onOutputEnd();
    }
  }

  private void onOutputEnd() {
    outputEnded = true;
    splice.outputEnded();
  }

  private @Nullable EndingWords words() {
    return channel.pipeline().get(EndingWords.class);
  }

  private @Nullable SslHandler tls() {
    return channel.pipeline().get(SslHandler.class);
  }
}
