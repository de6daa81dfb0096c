package io.fairlead.net.loop;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.ServerChannel;
import org.jspecify.annotations.Nullable;

/**
 * How much one channel reads at a time. A read that fills its buffer quadruples the next; two
 * bursts below half of it halve it. Confined to the channel's event loop.
 */
final class ReadSizing extends DefaultMaxMessagesRecvByteBufAllocator {
  private final RelayBuffers buffers;
  private final Channel channel;
  private int nextBytes = RelayBuffers.READ_START;
  private boolean smallBurst;
  private boolean leased;
  private boolean closeObserved;
  private Squeeze squeeze = Squeeze.NONE;
  private @Nullable Channel writer;

  ReadSizing(RelayBuffers buffers, Channel channel) {
    this.buffers = buffers;
    this.channel = channel;
  }

  @Override
  @SuppressWarnings("deprecation") // Netty asks for the old Handle type here
  public RecvByteBufAllocator.Handle newHandle() {
    return new Sizer();
  }

  void writeTo(Channel next) {
    Channel previous = writer;
    if (previous == next) return;
    writer = next;
    if (!leased && squeeze == Squeeze.NONE) return;
    if (previous != null) previous.config().setWriteBufferWaterMark(RelayBuffers.SMALL);
    next.config().setWriteBufferWaterMark(leased ? RelayBuffers.LARGE : squeeze.marks);
  }

  /** Bytes waiting in the channel written to. */
  long waiting() {
    Channel target = writer;
    ChannelOutboundBuffer out = target == null ? null : target.unsafe().outboundBuffer();
    return out == null ? 0 : out.totalPendingWriteBytes();
  }

  // The reader is what fills its writer, so it is enough that each follows with its next read.
  private void follow(Squeeze next) {
    squeeze = next;
    release();
    nextBytes = Math.min(nextBytes, next.readMax);
    if (writer != null) writer.config().setWriteBufferWaterMark(next.marks);
  }

  private void filled() {
    smallBurst = false;
    int wanted = Math.min(nextBytes * 4, squeeze.readMax);
    if (wanted > RelayBuffers.READ_SMALL_MAX && !leased && !lease()) {
      wanted = RelayBuffers.READ_SMALL_MAX;
    }
    nextBytes = wanted;
  }

  private void burst(int bytes) {
    if (bytes > nextBytes / 2 || nextBytes == RelayBuffers.READ_START) {
      smallBurst = false;
      return;
    }
    if (!smallBurst) {
      smallBurst = true;
      return;
    }
    smallBurst = false;
    nextBytes /= 2;
    if (leased && nextBytes <= RelayBuffers.READ_SMALL_MAX) release();
  }

  // Only a relay earns large reads: without a writer the bytes pile up in a handler of ours.
  private boolean lease() {
    Channel target = writer;
    if (target == null || !channel.isOpen() || isStream(target) || !buffers.lease()) return false;
    leased = true;
    target.config().setWriteBufferWaterMark(RelayBuffers.LARGE);
    if (!closeObserved) {
      closeObserved = true;
      channel.closeFuture().addListener(_ -> release());
    }
    return true;
  }

  /**
   * Streams of one connection take turns on it: what all of them read would wait there, and fall
   * out of the processor's caches meanwhile.
   */
  private static boolean isStream(Channel target) {
    return target.parent() != null && !(target.parent() instanceof ServerChannel);
  }

  void release() {
    if (!leased) return;
    leased = false;
    buffers.giveBack();
    nextBytes = Math.min(nextBytes, RelayBuffers.READ_SMALL_MAX);
    if (writer != null) writer.config().setWriteBufferWaterMark(squeeze.marks);
  }

  private final class Sizer extends MaxMessageHandle {
    @Override
    public int guess() {
      return nextBytes;
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
      Squeeze now = buffers.squeeze();
      if (now != squeeze) follow(now);
      return allocator.ioBuffer(nextBytes);
    }

    @Override
    public void lastBytesRead(int bytes) {
      super.lastBytesRead(bytes);
      if (bytes == attemptedBytesRead()) filled();
    }

    @Override
    public void readComplete() {
      burst(totalBytesRead());
    }
  }
}
