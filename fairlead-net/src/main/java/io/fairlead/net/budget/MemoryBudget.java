package io.fairlead.net.budget;

import io.fairlead.core.meter.Meters;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.internal.PlatformDependent;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bytes that may wait in the whole process: buffers in use and what {@link Account}s hold.
 *
 * <pre>
 * NORMAL   --80 %-->        HIGH      (readers are held back)
 * HIGH     --95 %-->        CRITICAL  (sheds new connections at once, then one class more after
 *                                      every {@value #SAMPLES_PER_CLASS} samples still critical)
 * CRITICAL --below 85 %-->  HIGH
 * HIGH     --below 70 %-->  NORMAL
 * </pre>
 *
 * {@link #sample} belongs to one thread, which calls it ten times a second; everything else is
 * thread-safe.
 */
public final class MemoryBudget implements Shedding {
  static final int SAMPLES_PER_CLASS = 5;
  private static final Logger log = LoggerFactory.getLogger(MemoryBudget.class);

  private final LongSupplier buffers;
  private final List<Account> accounts = new CopyOnWriteArrayList<>();
  private final List<Consumer<Pressure>> observers = new CopyOnWriteArrayList<>();
  private final Map<ShedClass, List<Shedder>> shedders = new EnumMap<>(ShedClass.class);
  private volatile long limitBytes = Long.MAX_VALUE;
  private volatile long usedBytes;
  private volatile Pressure pressure = Pressure.NORMAL;
  private volatile int shedClasses; // how many classes, in their order, are given up
  private int criticalSamples; // the sampling thread only

  /**
   * @param buffers bytes of buffers in use
   */
  public MemoryBudget(LongSupplier buffers) {
    this.buffers = buffers;
    for (ShedClass work : ShedClass.values()) shedders.put(work, new CopyOnWriteArrayList<>());
  }

  /** A budget over the buffers of an allocator, free ones in its pools left out. */
  public static MemoryBudget of(PooledByteBufAllocator allocator) {
    return new MemoryBudget(() -> allocator.pinnedDirectMemory() + allocator.pinnedHeapMemory());
  }

  /** A budget that is never full, for parts that run without one. */
  public static MemoryBudget unlimited() {
    return new MemoryBudget(() -> 0);
  }

  /** Declares its meters. Call once. */
  public void observe(Meters meters) {
    String help = "Memory that may wait in buffers and queues; the limit is 0 when it is off.";
    meters.gauge("memory.budget.bytes", help, this::usedBytes, "kind", "used");
    meters.gauge(
        "memory.budget.bytes",
        help,
        () -> limitBytes == Long.MAX_VALUE ? 0 : limitBytes,
        "kind",
        "limit");
    meters.gauge(
        "memory.pressure",
        "0 normal, 1 high (readers are held back), 2 critical (work is shed).",
        () -> pressure.ordinal());
  }

  /** Sets the limit; holds from the next sample on. */
  public void limit(MemoryLimit next) {
    limitBytes = next.bytes(Runtime.getRuntime().maxMemory(), PlatformDependent.maxDirectMemory());
  }

  /** A new account; it lives as long as the budget. */
  public Account account() {
    Account account = new Account();
    accounts.add(account);
    return account;
  }

  /** Calls {@code observer} on the sampling thread at every change of the level. */
  public void onPressure(Consumer<Pressure> observer) {
    observers.add(observer);
  }

  /** Asks {@code shedder} while work of that class is given up. */
  public void onShed(ShedClass work, Shedder shedder) {
    shedders.getOrDefault(work, List.of()).add(shedder);
  }

  public Pressure pressure() {
    return pressure;
  }

  /** Bytes in use at the last sample. */
  public long usedBytes() {
    return usedBytes;
  }

  /** {@link Long#MAX_VALUE} when off. */
  public long limitBytes() {
    return limitBytes;
  }

  @Override
  public boolean sheds(ShedClass work) {
    return work.ordinal() < shedClasses;
  }

  /** Looks at what is in use and decides anew. */
  public void sample() {
    long used = buffers.getAsLong();
    for (Account account : accounts) used += account.bytes();
    usedBytes = used;
    Pressure before = pressure;
    Pressure now = level(before, used, limitBytes);
    criticalSamples = now == Pressure.CRITICAL ? criticalSamples + 1 : 0;
    shedClasses =
        criticalSamples == 0
            ? 0
            : Math.min(ShedClass.values().length, 1 + (criticalSamples - 1) / SAMPLES_PER_CLASS);
    if (now != before) change(before, now, used);
    if (shedClasses == 0) return;
    long excess = used - limitBytes / 100 * 85;
    for (ShedClass work : ShedClass.values()) {
      if (!sheds(work)) continue;
      for (Shedder shedder : shedders.getOrDefault(work, List.of())) shedder.shed(excess);
    }
  }

  private void change(Pressure before, Pressure now, long used) {
    pressure = now;
    // One line each way: an onset, and the end.
    if (before == Pressure.NORMAL || now == Pressure.NORMAL) {
      log.atWarn()
          .addKeyValue("pressure", now)
          .addKeyValue("used", used)
          .addKeyValue("limit", limitBytes)
          .log(now == Pressure.NORMAL ? "memory budget relaxed" : "memory budget nearly used up");
    }
    for (Consumer<Pressure> observer : observers) observer.accept(now);
  }

  private static Pressure level(Pressure before, long used, long limit) {
    long onePercent = limit / 100;
    if (used >= onePercent * 95) return Pressure.CRITICAL;
    if (used >= onePercent * 85 && before == Pressure.CRITICAL) return Pressure.CRITICAL;
    if (used >= onePercent * 80) return Pressure.HIGH;
    return used >= onePercent * 70 && before != Pressure.NORMAL ? Pressure.HIGH : Pressure.NORMAL;
  }
}
