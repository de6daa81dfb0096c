package io.fairlead.net.loop;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.unit.ByteSize;
import io.netty.channel.Channel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.internal.PlatformDependent;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Sizes of the buffers between sockets. A channel starts with reads of 2 KiB that adapt up to 64
 * KiB; a busy direction may lease 1 MiB of a process-wide budget, which allows reads of 512 KiB and
 * as much waiting in the channel written to. When the budget is used up, directions stay at 64 KiB;
 * when the process is short of memory, {@link #squeeze} holds all of them back.
 *
 * <p>Thread-safe; the sizing of one channel is touched by its event loop only.
 */
public final class RelayBuffers {
  static final int READ_START = 2 * 1024;
  static final int READ_SMALL_MAX = 64 * 1024;
  static final int READ_LARGE_MAX = 512 * 1024;
  static final long LEASE_BYTES = 2L * READ_LARGE_MAX;
  static final WriteBufferWaterMark SMALL = new WriteBufferWaterMark(32 * 1024, 64 * 1024);
  static final WriteBufferWaterMark LARGE =
      new WriteBufferWaterMark(READ_LARGE_MAX / 2, READ_LARGE_MAX);

  static final WriteBufferWaterMark TIGHT = new WriteBufferWaterMark(2 * 1024, 8 * 1024);

  private final AtomicLong leasedBytes = new AtomicLong();
  private final LongAdder refused = new LongAdder();
  private volatile long budgetBytes;
  private volatile Squeeze squeeze = Squeeze.NONE;

  /**
   * @param budget memory that busy directions may lease together
   */
  public RelayBuffers(ByteSize budget) {
    this.budgetBytes = budget.bytes();
  }

  /** A quarter of the memory that direct buffers may take. */
  public static ByteSize defaultBudget() {
    return new ByteSize(PlatformDependent.maxDirectMemory() / 4);
  }

  /** Declares the meters of the budget. Call once. */
  public void observe(Meters meters) {
    meters.gauge("buffers.bytes", "Budget of large buffers.", leasedBytes::get, "kind", "used");
    meters.gauge("buffers.bytes", "Budget of large buffers.", () -> budgetBytes, "kind", "limit");
    meters.counter(
        "buffers.refused",
        "Busy directions that stayed at small buffers because the budget was used up.",
        refused::sum);
  }

  /** Installs the sizing on a channel. Before its first read. */
  public void install(Channel channel) {
    channel.config().setWriteBufferWaterMark(SMALL);
    channel.config().setRecvByteBufAllocator(new ReadSizing(this, channel));
  }

  /**
   * Says that what {@code reader} receives is now written to {@code writer}; its water marks follow
   * the reader's lease. No effect on a channel without this sizing. On the loop of {@code reader}.
   */
  public static void relay(Channel reader, Channel writer) {
    if (reader.config().getRecvByteBufAllocator() instanceof ReadSizing sizing) {
      sizing.writeTo(writer);
    }
  }

  /**
   * Gives back what {@code reader} leased, because it is idle; it leases again when busy. On its
   * loop.
   */
  public static void rest(Channel reader) {
    if (reader.config().getRecvByteBufAllocator() instanceof ReadSizing sizing) sizing.release();
  }

  /** Sets the memory that busy directions may lease together; what is leased stays leased. */
  public void budget(ByteSize next) {
    budgetBytes = next.bytes();
  }

  /** Holds all relays back, or lets them go; each follows with its next read. Any thread. */
  public void squeeze(Squeeze next) {
    squeeze = next;
  }

  Squeeze squeeze() {
    return squeeze;
  }

  /** Bytes that wait to be written because of what {@code reader} received. On its loop. */
  public static long relayed(Channel reader) {
    return reader.config().getRecvByteBufAllocator() instanceof ReadSizing sizing
        ? sizing.waiting()
        : 0;
  }

  /** Bytes leased now. */
  public long leasedBytes() {
    return leasedBytes.get();
  }

  boolean lease() {
    long most = budgetBytes;
    long before = leasedBytes.getAndUpdate(b -> b + LEASE_BYTES <= most ? b + LEASE_BYTES : b);
    if (before + LEASE_BYTES <= most) return true;
    refused.increment();
    return false;
  }

  void giveBack() {
    leasedBytes.addAndGet(-LEASE_BYTES);
  }
}
