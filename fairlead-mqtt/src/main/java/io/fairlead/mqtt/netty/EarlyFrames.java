package io.fairlead.mqtt.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;

/**
 * Looks at the web socket frames (RFC 6455 §5.2) of a client that is not accepted yet: a frame is
 * collected whole before MQTT sees it, so its length is bounded before that. In front of the frame
 * decoder; changes nothing, and is removed once the client is accepted. Confined to the event loop.
 */
final class EarlyFrames extends ChannelInboundHandlerAdapter {
  private static final int HEADER_MAX = 14;

  private final int lengthMax;
  private final Runnable beyond;
  private final byte[] header = new byte[HEADER_MAX];
  private int headerBytes;
  private long payloadLeft;
  private boolean over;

  /**
   * @param lengthMax bytes of one frame's payload
   * @param beyond told when one is longer, once; the connection is closed then
   */
  EarlyFrames(int lengthMax, Runnable beyond) {
    this.lengthMax = lengthMax;
    this.beyond = beyond;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (!over && fits(bytes)) {
      ctx.fireChannelRead(bytes);
      return;
    }
    bytes.release();
    if (over) return;
    over = true;
    beyond.run();
    ctx.writeAndFlush(new CloseWebSocketFrame(WebSocketCloseStatus.MESSAGE_TOO_BIG))
        .addListener(ChannelFutureListener.CLOSE);
  }

  private boolean fits(ByteBuf bytes) {
    int at = bytes.readerIndex();
    int end = bytes.writerIndex();
    while (at < end) {
      if (payloadLeft > 0) {
        int skipped = (int) Math.min(payloadLeft, end - at);
        payloadLeft -= skipped;
        at += skipped;
        continue;
      }
      header[headerBytes++] = bytes.getByte(at++);
      if (headerBytes < 2 || headerBytes < 2 + lengthBytes() + maskBytes()) continue;
      long length = length();
      if (length < 0 || length > lengthMax) return false;
      payloadLeft = length;
      headerBytes = 0;
    }
    return true;
  }

  private int lengthBytes() {
    int said = header[1] & 0x7f;
    return said < 126 ? 0 : said == 126 ? 2 : 8;
  }

  private int maskBytes() {
    return (header[1] & 0x80) == 0 ? 0 : 4;
  }

  private long length() {
    int more = lengthBytes();
    if (more == 0) return header[1] & 0x7f;
    long length = 0;
    for (int i = 0; i < more; i++) length = length << 8 | header[2 + i] & 0xff;
    return length;
  }
}
