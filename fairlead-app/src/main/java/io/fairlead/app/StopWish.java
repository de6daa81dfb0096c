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
  /** Kind of the wish that follows from a successor having taken over. */
  static final String SUCCESSION = "upgrade";

  private static final Logger log = LoggerFactory.getLogger(StopWish.class);

  /** Lets live work end until a deadline. */
  @FunctionalInterface
  interface Draining {
    void until(Deadline deadline) throws InterruptedException;
  }

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch now = new CountDownLatch(1);
  private volatile @Nullable StopRequest wish;
  private volatile @Nullable Thread ending;

  /** Any thread. */
  void ask(StopRequest request) {
    boolean atOnce = request.drain().map(Duration::isZero).orElse(false);
    synchronized (this) {
      StopRequest before = wish;
      // Whoever was replaced drains for as long as streams may go on; any other wish is shorter.
      boolean counts = before == null || (succession(before) && !succession(request));
      if (counts) {
        wish = request;
        log.atInfo()
            .addKeyValue("kind", request.who().kind())
            .addKeyValue("who", request.who().name())
            .log("stop requested");
      }
      if (atOnce) now.countDown();
      Thread draining = ending;
      if ((atOnce || counts) && draining != null) draining.interrupt();
    }
    asked.countDown();
  }

  boolean asked() {
    return asked.getCount() == 0;
  }

  void await() throws InterruptedException {
    asked.await();
  }

  /** What the whole stop may take, as the configuration and the wish in force say. */
  Duration bound(RuntimeConfig.Drain drain) {
    StopRequest request = wish;
    return request == null ? drain.stop() : request.drain().orElse(drain.stop());
  }

  /** Announces and drains as the configuration and the wish in force say. */
  void end(RuntimeConfig.Drain drain, Clock clock, Draining draining) throws InterruptedException {
    synchronized (this) {
      ending = Thread.currentThread();
    }
    try {
      StopRequest followed = wish;
      while (!follow(followed, drain, clock, draining)) {
        if (now.getCount() == 0 || followed == wish) {
          log.atInfo().log("stopping now");
          return;
        }
        followed = wish;
      }
    } finally {
      synchronized (this) {
        ending = null;
      }
      Thread.interrupted(); // the second wish may have come while nothing waited any more
    }
  }

  /** Returns whether it came to its end before another wish came. */
  private boolean follow(
      @Nullable StopRequest request, RuntimeConfig.Drain drain, Clock clock, Draining draining) {
    try {
      Duration bound = request == null ? drain.stop() : request.drain().orElse(drain.stop());
      Deadline deadline = Deadline.in(clock, bound);
      boolean cutShort = false;
      if (request == null || !succession(request)) {
        // Still accepting: whoever balances over us sees /readyz say no and goes elsewhere first.
        Duration announce = deadline.atMost(drain.announce()).remaining();
        cutShort = now.await(announce.toNanos(), TimeUnit.NANOSECONDS);
      }
      draining.until(cutShort ? Deadline.in(clock, Duration.ZERO) : deadline);
      return true;
    } catch (InterruptedException another) {
      return false; // the wish now in force decides
    }
  }

  private static boolean succession(StopRequest request) {
    return request.who().kind().equals(SUCCESSION);
  }
}
