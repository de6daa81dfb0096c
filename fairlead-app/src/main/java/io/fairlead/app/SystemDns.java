package io.fairlead.app;

import io.fairlead.core.watch.Watch;
import io.fairlead.net.dial.DnsLimits;
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
}
