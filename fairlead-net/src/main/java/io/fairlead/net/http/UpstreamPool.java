package io.fairlead.net.http;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.micrometer.core.instrument.Counter;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Connections to upstreams that wait for their next request: per event loop, newest first, without
 * locks. One pool serves many keys; each loop holds at most {@link PoolSettings#idleMax} per key
 * and {@value UpstreamLoop#IDLE_TOTAL_MAX} in all. Thread-safe; the connections stay on their loop.
 */
public final class UpstreamPool {
  /** Why a connection was not kept. */
  enum Discard {
    /** More idle ones than the bound. */
    FULL,
    /** Idle or old for too long, or used often enough. */
    EXPIRED,
    /** It ended or spoke while nobody asked. */
    UNSOLICITED,
    /** Its last exchange left it in doubt, or one side wants to close. */
    NOT_REUSABLE,
    /** Its key is no longer in use. */
    RETIRED
  }

  /** Figures of one instant. */
  public record Stats(long idle, long opened, long reused) {}

  private final PoolSettings settings;
  private final @Nullable SharedConnections shared;
  private final Clock clock;
  private final Randomness randomness;
  private final FastThreadLocal<UpstreamLoop> local = new FastThreadLocal<>();
  private final List<UpstreamLoop> loops = new CopyOnWriteArrayList<>();
  private final LongAdder idle = new LongAdder();
  private final LongAdder opened = new LongAdder();
  private final LongAdder reused = new LongAdder();
  private final Map<Discard, Counter> discards = new EnumMap<>(Discard.class);

  public UpstreamPool(PoolSettings settings, Clock clock, Meters meters) {
    this(settings, clock, meters, Randomness.system());
  }

  public UpstreamPool(PoolSettings settings, Clock clock, Meters meters, Randomness randomness) {
    this(settings, clock, meters, randomness, null);
  }

  /**
   * @param shared makes connections that carry several requests; without it every upstream is
   *     spoken to in HTTP/1.1
   */
  public UpstreamPool(
      PoolSettings settings,
      Clock clock,
      Meters meters,
      Randomness randomness,
      @Nullable SharedConnections shared) {
    this.shared = shared;
    this.settings = settings;
    this.clock = clock;
    this.randomness = randomness;
    meters.gauge("http.pool.idle", "Idle upstream connections", idle::sum);
    meters.counter("http.pool.opened", "Upstream connections opened", opened::sum);
    meters.counter("http.pool.reused", "Requests sent over a pooled connection", reused::sum);
    for (Discard reason : Discard.values()) {
      discards.put(
          reason,
          meters.counter(
              "http.pool.discarded",
              "Upstream connections not kept",
              "reason",
              reason.name().toLowerCase(Locale.ROOT)));
    }
  }

  /**
   * Closes the idle connections of matching keys, and the busy ones after their exchange. Any
   * thread; takes effect on each loop soon.
   */
  public void retire(Predicate<ForwardPlan.Key> keys) {
    for (UpstreamLoop loop : loops) loop.retire(keys);
  }

  public Stats stats() {
    return new Stats(idle.sum(), opened.sum(), reused.sum());
  }

  @Nullable SharedConnections shared() {
    return shared;
  }

  PoolSettings settings() {
    return settings;
  }

  Clock clock() {
    return clock;
  }

  /** On the loop. */
  UpstreamLoop loop(EventLoop eventLoop) {
    UpstreamLoop loop = local.get();
    if (loop == null || !loop.serves(eventLoop)) {
      loop = new UpstreamLoop(this, eventLoop);
      local.set(loop);
      loops.add(loop);
      UpstreamLoop added = loop;
      eventLoop.terminationFuture().addListener(_ -> loops.remove(added));
    }
    return loop;
  }

  /** Monotonic time at which a connection opened now is too old. */
  long expiryNanos(long nowNanos) {
    double spread = 0.9 + 0.2 * randomness.generator().nextDouble();
    return nowNanos + (long) (settings.maxAge().toNanos() * spread);
  }

  void idleChanged(int by) {
    idle.add(by);
  }

  void openedOne() {
    opened.increment();
  }

  void reusedOne() {
    reused.increment();
  }

  void discarded(Discard reason) {
    Counter counter = discards.get(reason);
    if (counter != null) counter.increment();
  }
}
