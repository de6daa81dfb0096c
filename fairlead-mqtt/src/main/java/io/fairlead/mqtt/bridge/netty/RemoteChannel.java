package io.fairlead.mqtt.bridge.netty;

import io.fairlead.mqtt.bridge.RemoteLink;
import io.fairlead.mqtt.codec.DecodeLimits;
import io.fairlead.mqtt.codec.FrameReader;
import io.fairlead.mqtt.codec.MqttCodecException;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketEncoder;
import io.fairlead.mqtt.delivery.Shard;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One connection to another broker. Confined to its event loop, which is the shard's. */
final class RemoteChannel extends ChannelInboundHandlerAdapter implements RemoteLink {
  private static final int LARGEST_CAPACITY = 64 * 1024;
  private static final int LEVEL_BIT = 0x80;
  private static final int NAME_BYTES = 6; // of "MQTT" with its length

  /** As much as a broker of the other kind may send. */
  private static final DecodeLimits LIMITS =
      new DecodeLimits(64 * 1024, 256 * 1024 * 1024, 65_535, 1024, 10_000, 1024 * 1024);

  private final Channel channel;
  private final Shard shard;
  private final MqttVersion version;
  private final boolean announced;
  private final Listener listener;
  private final FrameReader reader;
  private final Runnable atTurnEnd = this::flush;
  private @Nullable ByteBuf waiting;
  private boolean dirty;
  private boolean over;

  private RemoteChannel(
      Channel channel, Shard shard, MqttVersion version, boolean announced, Listener listener) {
    this.channel = channel;
    this.shard = shard;
    this.version = version;
    this.announced = announced;
    this.listener = listener;
    this.reader = FrameReader.ofServer(channel.alloc(), LIMITS, version);
  }

  /** Takes a channel that was just dialled, and begins to read. */
  static RemoteLink on(
      Channel channel, Shard shard, MqttVersion version, boolean announced, Listener listener) {
    RemoteChannel link = new RemoteChannel(channel, shard, version, announced, listener);
    channel.pipeline().addLast("bridge", link);
    channel.config().setAutoRead(true);
    return link;
  }

  @Override
  public void send(Packet packet) {
    if (over) return;
    ByteBuf now = waiting;
    if (now != null && now.readableBytes() > LARGEST_CAPACITY) {
      push();
      now = null;
    }
    if (now == null) {
      now = channel.alloc().directBuffer();
      waiting = now;
    }
    int at = now.writerIndex();
    PacketEncoder.encode(now, packet, version);
    if (announced && packet instanceof Packet.Connect) announce(now, at);
    if (dirty) return;
    dirty = true;
    shard.atTurnEnd(atTurnEnd);
  }

  /** Bit 7 of the protocol level says that a bridge connects. */
  private static void announce(ByteBuf frame, int at) {
    int length = at + 1;
    while (frame.getByte(length) < 0) length++;
    int level = length + 1 + NAME_BYTES;
    frame.setByte(level, frame.getByte(level) | LEVEL_BIT);
  }

  @Override
  public boolean writable() {
    return !over && channel.isWritable();
  }

  @Override
  public void pause(Duration time) {
    if (!channel.config().isAutoRead()) return;
    channel.config().setAutoRead(false);
    var _ = // a closed channel does not mind
        channel
            .eventLoop()
            .schedule(
                () -> channel.config().setAutoRead(true), time.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void close() {
    if (over) return;
    push();
    over = true;
    channel.writeAndFlush(channel.alloc().buffer(0)).addListener(ChannelFutureListener.CLOSE);
  }

  private void flush() {
    dirty = false;
    if (over) return;
    push();
    channel.flush();
  }

  private void push() {
    ByteBuf now = waiting;
    waiting = null;
    if (now != null) channel.write(now, channel.voidPromise());
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    try {
      if (!over)
        reader.read(
            bytes,
            packet -> {
              if (!over) listener.packet(packet);
            });
    } catch (MqttCodecException bad) {
      end("it does not speak MQTT: " + bad.getMessage());
    } finally {
      bytes.release();
    }
  }

  /** A broker that has said its last word takes none of ours either. */
  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    if (event instanceof ChannelInputShutdownEvent) end("");
    else super.userEventTriggered(ctx, event);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (!over) listener.writable();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    reader.close();
    ByteBuf now = waiting;
    waiting = null;
    if (now != null) now.release();
    end("");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable failure) {
    end(String.valueOf(failure.getMessage()));
  }

  private void end(String why) {
    if (over) return;
    over = true;
    channel.close();
    listener.closed(why);
  }
}
