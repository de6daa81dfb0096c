package io.fairlead.net.http;

import io.fairlead.net.http.codec.HeadWriter;
import io.fairlead.net.live.LiveConnection;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way out of a {@link ServerConnection}: writes without a promise each, flushes once per read
 * burst, counts what was sent, and ends the channel behind what was written. Confined to the event
 * loop.
 */
final class ConnectionOutput {
  private static final Logger log = LoggerFactory.getLogger(ConnectionOutput.class);
  private static final byte[] CONTINUE = HeadWriter.constant("HTTP/1.1 100 Continue\r\n\r\n");

  private final Channel channel;
  private final LiveConnection live;
  private final ChannelHandlerContext context;
  private final WriteStall stall = new WriteStall();
  private boolean flushWanted;
  private boolean inBurst;
  private long sentBurst;

  /**
   * @param context of the connection's handler
   */
  ConnectionOutput(Channel channel, LiveConnection live, ChannelHandlerContext context) {
    this.channel = channel;
    this.live = live;
    this.context = context;
  }

  /** Until {@link #burstOver}, {@link #flush} only takes note. */
  void burstBegin() {
    inBurst = true;
  }

  void burstOver() {
    inBurst = false;
  }

  boolean inBurst() {
    return inBurst;
  }

  /** Takes ownership of the message. */
  void write(Object message, long bytes) {
    sentBurst += bytes;
    flushWanted = true;
    var _ = context.write(message, context.voidPromise()); // its failure is an exceptionCaught
    if (!channel.isWritable()) flushNow();
  }

  /** Flushes at the end of the read burst, or now when there is none. */
  void flush() {
    if (flushWanted && !inBurst) flushNow();
  }

  void flushNow() {
    flushWanted = false;
    count();
    context.flush();
  }

  /** Adds what was sent since the last time to the live record. */
  void count() {
    if (sentBurst == 0) return;
    live.addSent(sentBurst);
    sentBurst = 0;
  }

  /**
   * Closes a channel that takes nothing for that long; once per tick.
   *
   * @return whether bytes wait for the client
   */
  boolean endStalled(long nowNanos, long limitNanos, EdgeMeters meters) {
    if (stall.look(channel, nowNanos) < limitNanos) return stall.writing();
    log.atDebug().addKeyValue("connection", live.id()).log("write stalled");
    if (channel.isOpen()) meters.beyond(EdgeBound.WRITE_STALL);
    closeNow();
    return true;
  }

  /** Tells a client that waits for it to send its body. */
  void sendContinue() {
    write(channel.alloc().directBuffer(CONTINUE.length).writeBytes(CONTINUE), CONTINUE.length);
    flushNow();
  }

  /** Closes, whatever waits to be written; the connection learns of it by channelInactive. */
  void closeNow() {
    var _ = channel.close();
  }

  /**
   * Ends a body whose only end is that of the connection, when it is not complete: a reset, and
   * under TLS no closure alert, because an orderly end would vouch for it (RFC 9112 §8).
   */
  void reset() {
    try {
      channel.config().setOption(ChannelOption.SO_LINGER, 0); // a unix socket has none
    } catch (ChannelException _) {
      // already closed
    }
    channel.unsafe().close(channel.voidPromise());
  }

  /** Closes when what was written is out. */
  void close() {
    count();
    var _ = // the connection learns of it by channelInactive
        context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  /** Ends our direction when what was written is out, and then calls back. */
  void shutdown(DuplexChannel duplex, Runnable afterwards) {
    count();
    var _ = // a failed write ends in the same way
        context
            .writeAndFlush(Unpooled.EMPTY_BUFFER)
            .addListener(
                _ -> {
                  afterwards.run();
                  SslHandler tls = channel.pipeline().get(SslHandler.class);
                  var _ = tls != null ? tls.closeOutbound() : duplex.shutdownOutput();
                });
  }
}
