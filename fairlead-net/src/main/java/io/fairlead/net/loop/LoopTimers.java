package io.fairlead.net.loop;

import io.fairlead.core.time.Timers;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The timers of one event loop; callbacks run on that loop. */
record LoopTimers(EventLoop loop) implements Timers {
  @Override
  public Handle after(Duration delay, Runnable task) {
    Future<?> scheduled = loop.schedule(task, Math.max(0, delay.toNanos()), TimeUnit.NANOSECONDS);
    return () -> scheduled.cancel(false);
  }
}
