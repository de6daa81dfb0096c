package io.fairlead.net.auth;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.net.live.SourcePrefix;
import io.micrometer.core.instrument.Counter;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Slows down guessing. A source may fail 10 times at once and then once in 6 seconds; an account
 * may fail 100 times an hour and then be tried once in 30 seconds, never less, so that nobody can
 * be locked out. At most {@link #ENTRIES_MAX} sources and as many accounts are remembered, the
 * least recently seen leaves first and is counted. Thread-safe; shared by all authenticators.
 */
public final class AuthThrottle {
  static final int ENTRIES_MAX = 65_536;

  /** Of a longer name, which no account has, only the beginning is remembered. */
  private static final int NAME_MAX = 255;

  private static final double SOURCE_BURST = 10;
  private static final double SOURCE_PER_SECOND = 1 / 6.0;
  private static final double ACCOUNT_BURST = 100;
  private static final double ACCOUNT_PER_SECOND = 1 / 30.0;

  private final Clock clock;
  private final Table<SourcePrefix> sources;
  private final Table<String> accounts;

  public AuthThrottle(Clock clock, Meters meters) {
    this.clock = clock;
    Counter evicted =
        meters.counter("auth.throttle.evicted", "Sources and accounts forgotten for lack of room.");
    this.sources = new Table<>(SOURCE_BURST, SOURCE_PER_SECOND, evicted);
    this.accounts = new Table<>(ACCOUNT_BURST, ACCOUNT_PER_SECOND, evicted);
  }

  /**
   * Takes the price of one attempt. It is given back by {@link #succeeded}; taking it first keeps
   * many attempts at once from passing together. An attempt without a user name (a token says whose
   * it is) is counted for its source only: else one client could slow down all who come without.
   *
   * @return how long to wait, or empty when the attempt may be made
   */
  public synchronized Optional<Duration> begin(InetAddress peer, String user) {
    long nowNanos = clock.nanos();
    SourcePrefix source = SourcePrefix.of(peer);
    Optional<Duration> wait = sources.take(source, nowNanos);
    if (wait.isPresent() || user.isEmpty()) return wait;
    wait = accounts.take(beginning(user), nowNanos);
    if (wait.isPresent()) sources.giveBack(source);
    return wait;
  }

  /** The attempt was right, or was not made after all. */
  public synchronized void succeeded(InetAddress peer, String user) {
    sources.giveBack(SourcePrefix.of(peer));
    accounts.giveBack(beginning(user));
  }

  private static String beginning(String user) {
    return user.length() <= NAME_MAX ? user : user.substring(0, NAME_MAX);
  }

  /** Entries remembered. */
  synchronized int size() {
    return sources.buckets.size() + accounts.buckets.size();
  }

  private static final class Bucket {
    double tokens;
    long seenAtNanos;
  }

  private static final class Table<K> {
    private final Map<K, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true);
    private final double burst;
    private final double perSecond;
    private final Counter evicted;

    Table(double burst, double perSecond, Counter evicted) {
      this.burst = burst;
      this.perSecond = perSecond;
      this.evicted = evicted;
    }

    Optional<Duration> take(K key, long nowNanos) {
      Bucket bucket = buckets.get(key);
      if (bucket == null) {
        bucket = new Bucket();
        bucket.tokens = burst;
        bucket.seenAtNanos = nowNanos;
        buckets.put(key, bucket);
        evict();
      }
      double gained = (nowNanos - bucket.seenAtNanos) * 1e-9 * perSecond;
      bucket.tokens = Math.min(burst, bucket.tokens + gained);
      bucket.seenAtNanos = nowNanos;
      if (bucket.tokens < 1) {
        double seconds = (1 - bucket.tokens) / perSecond;
        return Optional.of(Duration.ofMillis((long) Math.ceil(seconds * 1000)));
      }
      bucket.tokens--;
      return Optional.empty();
    }

    void giveBack(K key) {
      Bucket bucket = buckets.get(key);
      if (bucket != null) bucket.tokens = Math.min(burst, bucket.tokens + 1);
    }

    private void evict() {
      if (buckets.size() <= ENTRIES_MAX) return;
      Iterator<K> eldest = buckets.keySet().iterator();
      eldest.next();
      eldest.remove();
      evicted.increment();
    }
  }
}
