package io.fairlead.net.dial;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * Which name servers to ask, and how long to believe them.
 *
 * @param servers at least one, asked in order
 * @param ttlMin answers are kept at least that long
 * @param ttlMax answers are kept at most that long
 */
public record NameServers(List<InetSocketAddress> servers, Duration ttlMin, Duration ttlMax) {
  public NameServers {
    if (servers.isEmpty()) throw new IllegalArgumentException("servers: none");
    if (ttlMin.isNegative() || ttlMax.compareTo(ttlMin) < 0) {
      throw new IllegalArgumentException(
          "ttl: " + ttlMin + " to " + ttlMax + " (expected: not negative, in order)");
    }
    servers = List.copyOf(servers);
  }
}
