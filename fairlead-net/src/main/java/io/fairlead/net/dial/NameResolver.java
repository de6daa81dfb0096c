package io.fairlead.net.dial;

import io.fairlead.core.config.Environment;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.core.watch.Watch;
import io.fairlead.core.watch.WatchValue;
import io.fairlead.net.loop.EventLoops;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Turns a host name into addresses. Shared by all event loops. */
public interface NameResolver extends AutoCloseable {
  /**
   * Looks a name up.
   *
   * @param host a name; IP literals and {@code localhost} are answered before this is asked
   * @param loop where the answer is delivered
   * @return never empty, best first; fails with {@link java.net.UnknownHostException}
   */
  CompletionStage<List<InetAddress>> resolve(String host, EventLoop loop);

  /**
   * Looks up what a name's TXT records say, each with its parts joined (RFC 1035 §3.3.14).
   *
   * @param loop where the answer is delivered
   * @return in no order, at most 256; fails with {@link java.net.UnknownHostException}, always
   *     where no name server is known
   */
  default CompletionStage<List<String>> texts(String name, EventLoop loop) {
    return CompletableFuture.failedFuture(new UnknownHostException(name + ": no name server"));
  }

  @Override
  void close();

  /** One that asks other name servers; how much it remembers is bounded as here. */
  default NameResolver asking(NameServers servers, EventLoops loops, Clock clock) {
    return of(loops, servers, clock);
  }

  /** Asks the name servers of {@code /etc/resolv.conf}; the JDK's resolver when it names none. */
  static NameResolver ofSystem(
      EventLoops loops, Watch<DnsLimits> limits, Clock clock, Meters meters) {
    return ofSystem(loops, SystemNameServers.read(Environment.ofProcess()), limits, clock, meters);
  }

  /**
   * The same for those who know what that file names.
   *
   * @param servers as {@link SystemNameServers} read them
   */
  static NameResolver ofSystem(
      EventLoops loops,
      List<InetSocketAddress> servers,
      Watch<DnsLimits> limits,
      Clock clock,
      Meters meters) {
    BoundedDnsCache cache =
        new BoundedDnsCache(clock, BoundedDnsCache.TTL_MIN, limits, DnsMeters.of(meters));
    return servers.isEmpty() ? new JdkResolver(cache) : new DnsResolver(loops, servers, cache);
  }

  /** Asks those, and believes them as long as they are said to be believed. */
  static NameResolver of(EventLoops loops, NameServers asked, Clock clock) {
    BoundedDnsCache cache =
        new BoundedDnsCache(
            clock, BoundedDnsCache.TTL_MIN, new WatchValue<>(DnsLimits.DEFAULTS), DnsMeters.NONE);
    return new DnsResolver(loops, asked.servers(), cache.forAnswersOf(asked));
  }
}
