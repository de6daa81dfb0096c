package io.fairlead.libp2p.mux;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.unit.ByteSize;
import io.netty.util.internal.PlatformDependent;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Memory that the receive windows of all sessions may take together: what windows grew beyond their
 * first size, and bytes held where that is more. A window that finds it used up does not grow;
 * bytes that find it used up reset their stream.
 *
 * <p>Of the whole each peer may take no more than a {@link #share}, over all its connections.
 * Thread-safe.
 */
public final class WindowBudget {
  private final AtomicLong used = new AtomicLong();
  private final LongAdder refused = new LongAdder();
  private final Map<Object, WindowBudget> shares = new ConcurrentHashMap<>();
  private final @Nullable WindowBudget whole;
  private volatile long limitBytes;
  private volatile long shareBytes;
  private int holders; // of a share: changed within the map's own lock of it

  /** One that a single peer may use up. */
  public WindowBudget(ByteSize limit) {
    this(limit, limit);
  }

  /**
   * @param share what one peer may take of it
   */
  public WindowBudget(ByteSize limit, ByteSize share) {
    whole = null;
    limitBytes = limit.bytes();
    shareBytes = share.bytes();
  }

  private WindowBudget(WindowBudget whole) {
    this.whole = whole;
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
    meters.counter(
        "limit.rejections", "Work refused by a limit.", refused::sum, "limit", "relay_windows");
  }

  /** Changes the limits; what is used stays used. */
  public void limit(ByteSize limit, ByteSize share) {
    limitBytes = limit.bytes();
    shareBytes = share.bytes();
  }

  /**
   * The part that someone may take, the same for each of its holders at a time. To be {@link #leave
   * left}.
   *
   * @param of who it is, by its {@code equals}
   */
  public WindowBudget share(Object of) {
    return shares.compute(
        of,
        (_, there) -> {
          WindowBudget share = there == null ? new WindowBudget(this) : there;
          share.holders++;
          return share;
        });
  }

  /** Undoes one {@link #share}. */
  public void leave(Object of) {
    shares.computeIfPresent(of, (_, share) -> --share.holders == 0 ? null : share);
  }

  /** Those who have a share. */
  public int shares() {
    return shares.size();
  }

  public long usedBytes() {
    return used.get();
  }

  boolean take(long bytes) {
    WindowBudget all = whole;
    long most = all == null ? limitBytes : all.shareBytes;
    long before = used.getAndUpdate(b -> b + bytes <= most ? b + bytes : b);
    boolean fits = before + bytes <= most;
    if (all == null) {
      if (!fits) refused.increment();
      return fits;
    }
    if (!fits) {
      all.refused.increment();
      return false;
    }
    if (all.take(bytes)) return true;
    used.addAndGet(-bytes);
    return false;
  }

  void giveBack(long bytes) {
    used.addAndGet(-bytes);
    if (whole != null) whole.giveBack(bytes);
  }
}
