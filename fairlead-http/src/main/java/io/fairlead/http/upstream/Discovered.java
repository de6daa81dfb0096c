package io.fairlead.http.upstream;

import io.fairlead.core.dial.Destination;
import io.fairlead.http.upstream.UpstreamConfig.EndpointConfig;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Makes members of what a lookup found. Pure. */
final class Discovered {
  private Discovered() {}

  /** In an order that does not depend on the answer's. */
  static List<EndpointConfig> members(DiscoveryConfig config, List<Dials.Host> hosts) {
    boolean srv = config.type() == DiscoveryConfig.Type.SRV;
    return hosts.stream()
        .distinct()
        .sorted(
            Comparator.comparingInt(Dials.Host::priority)
                .thenComparing(Dials.Host::address)
                .thenComparingInt(Dials.Host::port))
        .map(
            host ->
                new EndpointConfig(
                    Optional.empty(),
                    new Destination.HostPort(host.address(), srv ? host.port() : config.port()),
                    config.secured(),
                    srv ? weight(host.weight()) : EndpointConfig.WEIGHT_DEFAULT,
                    srv ? Optional.of(host.priority()) : Optional.of(0)))
        .toList();
  }

  /** Weight 0 of a record means: hardly any (RFC 2782). */
  private static int weight(int record) {
    return Math.clamp(record, 1, EndpointConfig.WEIGHT_MAX);
  }
}
