package io.fairlead.app;

import io.fairlead.core.config.Environment;
import io.fairlead.core.watch.Watch;
import io.fairlead.net.dial.DnsLimits;
import io.fairlead.net.dial.SystemNameServers;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * Who is asked about names by everything that names nobody else, and within which bounds.
 *
 * @param servers as the machine is set up; empty where only the JDK knows
 */
record SystemDns(List<InetSocketAddress> servers, Watch<DnsLimits> limits) {
  SystemDns {
    servers = List.copyOf(servers);
  }

  /** As the machine is set up now. */
  static SystemDns of(Environment machine, Watch<DnsLimits> limits) {
    return new SystemDns(SystemNameServers.read(machine), limits);
  }
}
