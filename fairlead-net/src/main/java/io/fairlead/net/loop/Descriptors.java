package io.fairlead.net.loop;

import com.sun.management.UnixOperatingSystemMXBean;
import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Counts the sockets that traffic holds, on either side, and keeps the last {@value #RESERVED} of
 * the process's descriptors for everything else: control connections, files, the log. Thread-safe.
 */
public final class Descriptors implements ChannelFutureListener {
  /** Never given to traffic. */
  public static final int RESERVED = 256;

  private final long max;
  private final AtomicInteger taken = new AtomicInteger();
  private volatile @Nullable Counter refused;

  /**
   * @param max descriptors the process may have
   */
  public Descriptors(long max) {
    this.max = Math.max(2, max);
  }

  /** By the process's own limit. */
  static Descriptors ofThisProcess() {
    return new Descriptors(
        ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
            ? unix.getMaxFileDescriptorCount()
            : Long.MAX_VALUE);
  }

  void observe(Meters meters) {
    refused =
        meters.counter("limit.rejections", "Work refused by a limit.", "limit", "descriptors");
  }

  /** The most accepted connections: 80 % of all, less the reserve. */
  public long acceptedMax() {
    return max == Long.MAX_VALUE ? max : Math.max(1, max / 10 * 8 - RESERVED);
  }

  /** Whether traffic may take one more. */
  public boolean room() {
    return taken.get() < Math.max(1, max - RESERVED);
  }

  /** Counts a socket, until {@link #giveBack}. */
  public void take() {
    taken.incrementAndGet();
  }

  /** Counts one that traffic did not get. */
  public void refuse() {
    Counter counter = refused;
    if (counter != null) counter.increment();
  }

  /** Sockets counted now. */
  public int taken() {
    return taken.get();
  }

  /** One that was taken is closed. */
  public void giveBack() {
    taken.decrementAndGet();
  }

  /** The same, as the listener of a channel's close future. */
  @Override
  public void operationComplete(ChannelFuture closed) {
    giveBack();
  }
}
