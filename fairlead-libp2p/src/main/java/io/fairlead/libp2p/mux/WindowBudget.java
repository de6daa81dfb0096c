package io.fairlead.libp2p.mux;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.unit.ByteSize;
import io.netty.util.internal.PlatformDependent;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Memory that the receive windows of all sessions may take together: what windows grew beyond their
 * first size, and bytes held where that is more. A window that finds it used up does not grow;
 * bytes that find it used up reset their stream. Thread-safe.
 */
public final class WindowBudget {
  private final AtomicLong used = new AtomicLong();
  private final LongAdder refused = new LongAdder();
  private volatile long limitBytes;

  public WindowBudget(ByteSize limit) {
    limitBytes = limit.bytes();
  }

  /** A quarter of the memory that direct buffers may take. */
  public static ByteSize defaultLimit() {
    return new ByteSize(PlatformDependent.maxDirectMemory() / 4);
  }

  /** Declares its meters. Call once. */
  public void observe(Meters meters) {
    String help = "Memory of receive windows of libp2p streams";
    meters.gauge("libp2p.windows.bytes", help, used::get, "kind", "used");
    meters.gauge("libp2p.windows.bytes", help, () -> limitBytes, "kind", "limit");
    meters.counter(
        "libp2p.windows.refused",
        "Windows that did not grow and bytes that were not kept, because the budget was used up",
        refused::sum);
  }

  /** Changes the limit; what is used stays used. */
  public void limit(ByteSize limit) {
    limitBytes = limit.bytes();
  }

  public long usedBytes() {
    return used.get();
  }

  boolean take(long bytes) {
    long most = limitBytes;
    long before = used.getAndUpdate(b -> b + bytes <= most ? b + bytes : b);
    if (before + bytes <= most) return true;
    refused.increment();
    return false;
  }

  void giveBack(long bytes) {
    used.addAndGet(-bytes);
  }
}
