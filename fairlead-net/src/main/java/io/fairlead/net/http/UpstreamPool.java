package io.fairlead.net.http;

import io.fairlead.core.dial.Dialer;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.net.http.codec.Reject;
import io.micrometer.core.instrument.Counter;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.FastThreadLocal;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
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
  private final Map<String, PoolSettings> tuned = new ConcurrentHashMap<>();
  private final LongAdder idle = new LongAdder();
  private final LongAdder opened = new LongAdder();
  private final LongAdder reused = new LongAdder();
  private final Counter tooLarge;
  private final Counter chunkExtensions;
  private final Counter trailers;
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
    tooLarge = limit(meters, "upstream_head");
    chunkExtensions = limit(meters, "upstream_chunk_extensions");
    trailers = limit(meters, "upstream_trailers");
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
   * Closes the idle connections of matching keys, and the busy ones after their exchange; those of
   * one client under the key that everybody's would have. Any thread; takes effect on each loop
   * soon.
   */
  public void retire(Predicate<ForwardPlan.Key> keys) {
    for (UpstreamLoop loop : loops) loop.retire(key -> keys.test(key.everybodys()));
  }

  /** Closes all connections of matching keys, those in use too. Any thread; takes effect soon. */
  public void cut(Predicate<ForwardPlan.Key> keys) {
    for (UpstreamLoop loop : loops) loop.cut(key -> keys.test(key.everybodys()));
  }

  /**
   * Gives connections opened from now on for keys of that partition bounds of their own. Any
   * thread; the owner of the partition bounds how many there are.
   */
  public void tune(String partition, PoolSettings bounds) {
    if (bounds.equals(settings)) tuned.remove(partition);
    else tuned.put(partition, bounds);
  }

  /**
   * Opens connections on a loop until {@code count} of that key are idle there; failures are left
   * to the requests that come. Any thread.
   */
  public void warm(
      EventLoop eventLoop, ForwardPlan.Key key, int count, Dialer<Channel> dialer, Duration time) {
    eventLoop.execute(() -> new Warming(loop(eventLoop), key, dialer, time).start(count));
  }

  public Stats stats() {
    return new Stats(idle.sum(), opened.sum(), reused.sum());
  }

  @Nullable SharedConnections shared() {
    return shared;
  }

  PoolSettings settings(ForwardPlan.Key key) {
    return tuned.getOrDefault(key.partition(), settings);
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
  long expiryNanos(PoolSettings bounds, long nowNanos) {
    double spread = 0.9 + 0.2 * randomness.generator().nextDouble();
    return nowNanos + (long) (bounds.maxAge().toNanos() * spread);
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

  private static Counter limit(Meters meters, String name) {
    return meters.counter("limit.rejections", "Work refused by a limit.", "limit", name);
  }

  /** A response was refused by the codec. */
  void rejected(Reject reason) {
    switch (reason) {
      case HEAD_TOO_LARGE, FIELD_TOO_LARGE, TOO_MANY_FIELDS, REQUEST_LINE_TOO_LONG ->
          tooLarge.increment();
      case CHUNK_EXTENSION_TOO_LARGE -> chunkExtensions.increment();
      case TRAILERS_TOO_LARGE -> trailers.increment();
      default -> {} // it broke the protocol, which no bound is about
    }
  }
}
