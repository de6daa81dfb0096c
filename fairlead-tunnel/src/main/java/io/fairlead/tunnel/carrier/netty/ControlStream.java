package io.fairlead.tunnel.carrier.netty;

import io.fairlead.tunnel.codec.BadControlException;
import io.fairlead.tunnel.codec.ControlCodec;
import io.fairlead.tunnel.codec.ControlMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The control stream of a carrier: lines to messages and back. Holds one line at most. Confined to
 * the stream's event loop, but {@link #send} may come from any thread.
 */
public final class ControlStream extends ChannelInboundHandlerAdapter {
  /** Path of the stream. */
  public static final String PATH = "/fl/control";

  /** Bytes of messages that wait for a peer that does not read; more ends the carrier. */
  private static final int UNREAD_MAX = 1024 * 1024;

  /** Takes what comes. On the event loop. */
  public interface Events {
    void said(ControlMessage message);

    /** The stream is over, or the peer sent what no message is. Once. */
    void over(String reason);
  }

  private final Channel channel;
  private final Events events;
  private byte[] line = new byte[512];
  private int length;
  private boolean over;

  private ControlStream(Channel channel, Events events) {
    this.channel = channel;
    this.events = events;
  }

  /** Installs it on a stream and begins to read. */
  public static ControlStream on(Channel channel, Events events) {
    ControlStream stream = new ControlStream(channel, events);
    channel.pipeline().addLast("control", stream);
    channel.config().setAutoRead(true);
    return stream;
  }

  public void send(ControlMessage message) {
    if (!channel.eventLoop().inEventLoop()) {
      channel.eventLoop().execute(() -> send(message));
      return;
    }
    var waiting = channel.unsafe().outboundBuffer();
    if (waiting != null && waiting.totalPendingWriteBytes() > UNREAD_MAX) {
      end("unread");
      return;
    }
    var _ = // a failure is the end of the stream, which tells itself
        channel.writeAndFlush(
            Unpooled.copiedBuffer(ControlCodec.write(message) + "\n", StandardCharsets.UTF_8));
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf bytes)) {
      ReferenceCountUtil.release(message);
      return;
    }
    try {
      while (bytes.isReadable() && !over) {
        int end = bytes.bytesBefore((byte) '\n');
        take(bytes, end < 0 ? bytes.readableBytes() : end);
        if (end < 0) return;
        bytes.skipBytes(1);
        if (!over) complete();
      }
    } finally {
      bytes.release();
    }
  }

  private void take(ByteBuf bytes, int count) {
    if (length + count >= ControlCodec.LINE_MAX) {
      end("line_too_long");
      return;
    }
    if (length + count > line.length) {
      line = Arrays.copyOf(line, Math.min(ControlCodec.LINE_MAX, 2 * (length + count)));
    }
    bytes.readBytes(line, length, count);
    length += count;
  }

  private void complete() {
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line, 0, length)).toString();
      length = 0;
      events.said(ControlCodec.read(text));
    } catch (CharacterCodingException | BadControlException malformed) {
      end("malformed");
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE) end("closed");
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end("closed");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    end("closed");
  }

  private void end(String reason) {
    if (over) return;
    over = true;
    events.over(reason);
    var _ = channel.close();
  }
}
