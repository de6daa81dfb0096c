package io.fairlead.mqtt.netty;

import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketEncoder;
import io.fairlead.mqtt.delivery.Shard;
import io.fairlead.mqtt.session.ConnectionOutput;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Collects what is appended during one turn of the session's shard in one buffer, written and
 * flushed once at its end. Small messages are copied into it; large ones follow it as they are. On
 * the shard's thread.
 */
final class ChannelOutput implements ConnectionOutput {
  /** Payloads up to this are copied: a write of its own costs more than the copy. */
  static final int COPIED_MAX = 4096;

  private static final int FIRST_CAPACITY = 256;
  private static final int LARGEST_CAPACITY = 64 * 1024;

  private final Channel channel;
  private final Shard shard;
  private final MqttVersion version;
  private final Runnable onClose;
  private final Runnable atTurnEnd = this::flush;
  private @Nullable ByteBuf buffer;
  private int capacity = FIRST_CAPACITY;
  private boolean dirty;
  private boolean closed;

  /**
   * @param onClose called after the last word was written, to close without losing it
   */
  ChannelOutput(Channel channel, Shard shard, MqttVersion version, Runnable onClose) {
    this.channel = channel;
    this.shard = shard;
    this.version = version;
    this.onClose = onClose;
  }

  @Override
  public void send(Packet packet) {
    if (!closed) PacketEncoder.encode(buffer(FIRST_CAPACITY), packet, version);
  }

  @Override
  public ByteBuf buffer(int bytes) {
    ByteBuf now = buffer;
    if (now != null && now.readableBytes() + bytes > LARGEST_CAPACITY) {
      push();
      now = null;
    }
    if (now == null) {
      now = channel.alloc().directBuffer(Math.max(capacity, bytes));
      buffer = now;
    }
    touch();
    return now;
  }

  @Override
  public void append(byte[] bytes) {
    if (bytes.length <= COPIED_MAX) {
      buffer(bytes.length).writeBytes(bytes);
      return;
    }
    push();
    touch();
    shard.meters().sentBytes(bytes.length);
    var _ = channel.write(Unpooled.wrappedBuffer(bytes)); // a failure closes the channel
  }

  @Override
  public boolean writable() {
    return !closed && channel.isWritable();
  }

  @Override
  public void close(Optional<Packet> lastWord) {
    if (closed) return;
    lastWord.ifPresent(this::send);
    closed = true;
    flush();
    onClose.run();
  }

  private void touch() {
    if (dirty) return;
    dirty = true;
    shard.atTurnEnd(atTurnEnd);
  }

  private void flush() {
    if (!dirty) return;
    dirty = false;
    push();
    channel.flush();
  }

  private void push() {
    ByteBuf now = buffer;
    if (now == null) return;
    buffer = null;
    capacity =
        Math.clamp(
            Integer.highestOneBit(now.readableBytes()) * 2L, FIRST_CAPACITY, LARGEST_CAPACITY);
    shard.meters().sentBytes(now.readableBytes());
    var _ = channel.write(now); // a failure closes the channel
  }
}
