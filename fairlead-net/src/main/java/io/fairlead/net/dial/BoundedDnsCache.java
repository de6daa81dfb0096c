package io.fairlead.net.dial;

import io.fairlead.core.time.Clock;
import io.fairlead.core.watch.Watch;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.resolver.dns.DnsCache;
import io.netty.resolver.dns.DnsCacheEntry;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Answers of name servers, shared by all event loops, within {@link DnsLimits}: the least recently
 * used name leaves first. A name lives as long as the shortest TTL among its records, but as long
 * as it was told at least; a failure lives {@link #FAILURE_SECONDS}.
 */
final class BoundedDnsCache implements DnsCache {
  static final int FAILURE_SECONDS = 5;
  static final Duration TTL_MIN = Duration.ofSeconds(1);

  private record Answer(@Nullable InetAddress address, @Nullable Throwable cause)
      implements DnsCacheEntry {}

  private static final class Known {
    final List<Answer> answers = new ArrayList<>(4);
    long expiresAtNanos;
  }

  private final Clock clock;
  private final long ttlSecondsMin;
  private final Watch<DnsLimits> limits;
  private final DnsMeters meters;
  private final Optional<Duration> ownTtlMax;
  private final Map<String, Known> names = new LinkedHashMap<>(64, 0.75f, true); // guarded by this

  /**
   * @param ttlMin for which an answer is used again at least, whatever the server says
   */
  BoundedDnsCache(Clock clock, Duration ttlMin, Watch<DnsLimits> limits, DnsMeters meters) {
    this(clock, ttlMin, limits, meters, Optional.empty());
  }

  private BoundedDnsCache(
      Clock clock,
      Duration ttlMin,
      Watch<DnsLimits> limits,
      DnsMeters meters,
      Optional<Duration> ownTtlMax) {
    this.clock = clock;
    this.ttlSecondsMin = ttlMin.toSeconds();
    this.limits = limits;
    this.meters = meters;
    this.ownTtlMax = ownTtlMax;
  }

  /** One for the answers of other servers: as many names, and times of their own. */
  BoundedDnsCache forAnswersOf(NameServers servers) {
    Duration ttlMax = servers.ttlMax().isPositive() ? servers.ttlMax() : TTL_MIN;
    return new BoundedDnsCache(clock, servers.ttlMin(), limits, meters, Optional.of(ttlMax));
  }

  DnsMeters meters() {
    return meters;
  }

  DnsLimits limits() {
    return limits.current();
  }

  @Override
  public synchronized void clear() {
    names.clear();
  }

  @Override
  public synchronized boolean clear(String hostname) {
    return names.remove(key(hostname)) != null;
  }

  @Override
  public synchronized @Nullable List<? extends DnsCacheEntry> get(
      String hostname, DnsRecord @Nullable [] additionals) {
    if (additionals != null && additionals.length > 0) return List.of();
    Known known = names.get(key(hostname));
    if (known == null) return null;
    if (clock.nanos() - known.expiresAtNanos >= 0) {
      names.remove(key(hostname));
      return null;
    }
    return List.copyOf(known.answers);
  }

  @Override
  public synchronized DnsCacheEntry cache(
      String hostname,
      DnsRecord @Nullable [] additionals,
      InetAddress address,
      long originalTtl,
      EventLoop loop) {
    Answer answer = new Answer(address, null);
    if (additionals != null && additionals.length > 0) return answer;
    long ttlMax = ttlSecondsMax();
    if (originalTtl > ttlMax) meters.shortened().run();
    long ttlSeconds = Math.clamp(originalTtl, ttlSecondsMin, ttlMax);
    Known known = add(hostname, answer, ttlSeconds);
    known.answers.removeIf(other -> other.cause() != null);
    return answer;
  }

  @Override
  public synchronized DnsCacheEntry cache(
      String hostname, DnsRecord @Nullable [] additionals, Throwable cause, EventLoop loop) {
    Answer answer = new Answer(null, cause);
    if (additionals != null && additionals.length > 0) return answer;
    names.remove(key(hostname));
    add(hostname, answer, FAILURE_SECONDS);
    return answer;
  }

  synchronized int size() {
    return names.size();
  }

  private Known add(String hostname, Answer answer, long ttlSeconds) {
    long nowNanos = clock.nanos();
    long expiresAtNanos = nowNanos + TimeUnit.SECONDS.toNanos(ttlSeconds);
    String key = key(hostname);
    Known known = names.get(key);
    if (known == null || nowNanos - known.expiresAtNanos >= 0) {
      known = new Known();
      known.expiresAtNanos = expiresAtNanos;
      names.put(key, known);
    } else if (expiresAtNanos - known.expiresAtNanos < 0) {
      known.expiresAtNanos = expiresAtNanos;
    }
    if (!known.answers.contains(answer)) known.answers.add(answer);
    Iterator<String> eldest = names.keySet().iterator();
    while (!limits().names().admits(names.size())) {
      eldest.next();
      eldest.remove();
      meters.evicted().run();
    }
    return known;
  }

  private long ttlSecondsMax() {
    return Math.max(ttlSecondsMin, ownTtlMax.orElseGet(() -> limits().ttlMax()).toSeconds());
  }

  private static String key(String hostname) {
    String lower = hostname.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower : lower + ".";
  }
}
