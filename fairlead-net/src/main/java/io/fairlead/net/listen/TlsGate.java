package io.fairlead.net.listen;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;

/**
 * Stands before TLS until the first byte: who speaks plain HTTP to a TLS port gets a sentence he
 * can read. A TLS record never begins with a letter (RFC 8446 §5.1).
 */
final class TlsGate extends ChannelInboundHandlerAdapter {
  private static final String TEXT = "This port speaks HTTPS, not HTTP.\n";
  private static final byte[] ANSWER =
      ("HTTP/1.1 400 Bad Request\r\n"
              + "Content-Type: text/plain; charset=utf-8\r\n"
              + "Content-Length: "
              + TEXT.length()
              + "\r\nConnection: close\r\n\r\n"
              + TEXT)
          .getBytes(StandardCharsets.US_ASCII);

  private final ListenMeters meters;
  private boolean answered;

  TlsGate(ListenMeters meters) {
    this.meters = meters;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf bytes) || !bytes.isReadable()) {
      ctx.fireChannelRead(message);
      return;
    }
    byte first = bytes.getByte(bytes.readerIndex());
    if (!answered && (first < 'A' || first > 'Z')) {
      ctx.fireChannelRead(message);
      ctx.pipeline().remove(this);
      return;
    }
    bytes.release();
    if (answered) return;
    answered = true;
    meters.handshake("plain_http", "none");
    ctx.writeAndFlush(Unpooled.wrappedBuffer(ANSWER)).addListener(ChannelFutureListener.CLOSE);
  }
}
