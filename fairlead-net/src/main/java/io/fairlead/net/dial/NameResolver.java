package io.fairlead.net.dial;

import io.fairlead.core.time.Clock;
import io.fairlead.net.loop.EventLoops;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
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

  @Override
  void close();

  /** Asks the name servers of {@code /etc/resolv.conf}; the JDK's resolver when it names none. */
  static NameResolver ofSystem(EventLoops loops, Clock clock) {
    List<InetSocketAddress> servers = SystemNameServers.read();
    return servers.isEmpty() ? new JdkResolver() : of(loops, servers, clock);
  }

  /** Asks these name servers. */
  static NameResolver of(EventLoops loops, List<InetSocketAddress> servers, Clock clock) {
    return new DnsResolver(
        loops, new NameServers(servers, Duration.ofSeconds(1), Duration.ofHours(1)), clock);
  }
}
