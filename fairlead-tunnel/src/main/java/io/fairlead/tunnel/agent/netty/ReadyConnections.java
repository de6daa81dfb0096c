package io.fairlead.tunnel.agent.netty;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.Dialer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Connections to a local service that are opened ahead of the streams that will need them. Confined
 * to one event loop.
 *
 * <p>One that the service ends is forgotten. What a service says first is kept for the stream that
 * gets its connection. After a failure, or an end, the next dial waits for a second: a service that
 * is away, or that does not bear idle connections, is not hammered.
 */
final class ReadyConnections {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final long PAUSE_SECONDS = 1;
  private static final int EARLY_BYTES_MAX = 64 * 1024;

  /**
   * One that is taken.
   *
   * @param early what the service has said already; belongs to the taker
   */
  record Taken(Channel channel, ByteBuf early) {}

  private final Dialer<Channel> dialer;
  private final Destination to;
  private final int size;
  private final EventLoop loop;
  private final ArrayDeque<Idle> idle = new ArrayDeque<>();
  private int dialling;
  private boolean resting;
  private boolean closed;

  /**
   * @param dialer on that loop
   * @param size how many are kept
   */
  ReadyConnections(Dialer<Channel> dialer, Destination to, int size, EventLoop loop) {
    this.dialer = dialer;
    this.to = to;
    this.size = size;
    this.loop = loop;
  }

  /** Opens what is missing. */
  void fill() {
    while (!closed && !resting && idle.size() + dialling < size) {
      dialling++;
      var _ =
          dialer
              .dial(to, CONNECT)
              .whenComplete(
                  (channel, _) -> {
                    dialling--;
                    if (channel == null) rest();
                    else if (closed) channel.close();
                    else keep(channel);
                  });
    }
  }

  private void keep(Channel channel) {
    Idle each = new Idle(channel);
    idle.add(each);
    channel.pipeline().addLast("idle", each);
    channel.read();
  }

  private void rest() {
    if (resting || closed) return;
    resting = true;
    var _ =
        loop.schedule(
            () -> {
              resting = false;
              fill();
            },
            PAUSE_SECONDS,
            TimeUnit.SECONDS);
  }

  /** The oldest there is, and another is opened in its place. */
  Optional<Taken> take() {
    Idle each = idle.poll();
    if (each == null) return Optional.empty();
    Taken taken = each.leave();
    fill();
    return Optional.of(taken);
  }

  void close() {
    closed = true;
    for (Idle each; (each = idle.poll()) != null; ) each.end();
  }

  /** Waits with a connection. */
  private final class Idle extends ChannelInboundHandlerAdapter {
    private final Channel channel;
    private ByteBuf early = Unpooled.EMPTY_BUFFER;

    Idle(Channel channel) {
      this.channel = channel;
    }

    Taken leave() {
      channel.pipeline().remove(this);
      ByteBuf said = early;
      early = Unpooled.EMPTY_BUFFER;
      return new Taken(channel, said);
    }

    void end() {
      early.release();
      early = Unpooled.EMPTY_BUFFER;
      channel.close();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      if (!(message instanceof ByteBuf bytes)) return;
      early = early.isReadable() ? Unpooled.wrappedBuffer(early, bytes) : bytes;
    }

    /** So that its end is seen; who says that much is not looked at until it is taken. */
    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      if (early.readableBytes() < EARLY_BYTES_MAX) ctx.read();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof ChannelInputShutdownEvent) lost();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      lost();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      lost();
    }

    private void lost() {
      if (!idle.remove(this)) return;
      end();
      rest();
    }
  }
}
