package io.fairlead.app;

import io.fairlead.app.config.RuntimeConfig;
import io.fairlead.control.api.StopRequest;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.time.Clock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The wish to end, from whoever has it first, and its shortening by whoever comes later. */
final class StopWish {
  private static final Logger log = LoggerFactory.getLogger(StopWish.class);

  /** Lets live work end until a deadline. */
  @FunctionalInterface
  interface Draining {
    void until(Deadline deadline) throws InterruptedException;
  }

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch now = new CountDownLatch(1);
  private volatile @Nullable StopRequest first;
  private volatile @Nullable Thread ending;

  /** Any thread. */
  void ask(StopRequest request) {
    boolean atOnce = request.drain().map(Duration::isZero).orElse(false);
    synchronized (this) {
      if (first == null) {
        first = request;
        log.atInfo()
            .addKeyValue("kind", request.who().kind())
            .addKeyValue("who", request.who().name())
            .log("stop requested");
      }
      if (atOnce) now.countDown();
      Thread draining = ending;
      if (atOnce && draining != null) draining.interrupt();
    }
    asked.countDown();
  }

  boolean asked() {
    return asked.getCount() == 0;
  }

  void await() throws InterruptedException {
    asked.await();
  }

  /** What the whole stop may take, as the configuration and the first wish say. */
  Duration bound(RuntimeConfig.Drain drain) {
    StopRequest request = first;
    return request == null ? drain.stop() : request.drain().orElse(drain.stop());
  }

  /** Announces and drains as the configuration and the first wish say. */
  void end(RuntimeConfig.Drain drain, Clock clock, Draining draining) throws InterruptedException {
    synchronized (this) {
      ending = Thread.currentThread();
    }
    try {
      Deadline deadline = Deadline.in(clock, bound(drain));
      // Still accepting: whoever balances over us sees /readyz say no and goes elsewhere first.
      Duration announce = deadline.atMost(drain.announce()).remaining();
      boolean cutShort = now.await(announce.toNanos(), TimeUnit.NANOSECONDS);
      draining.until(cutShort ? Deadline.in(clock, Duration.ZERO) : deadline);
    } catch (InterruptedException second) {
      log.atInfo().log("stopping now");
    } finally {
      synchronized (this) {
        ending = null;
      }
      Thread.interrupted(); // the second wish may have come while nothing waited any more
    }
  }
}
