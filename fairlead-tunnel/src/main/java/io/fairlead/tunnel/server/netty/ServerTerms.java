package io.fairlead.tunnel.server.netty;

import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.address.PortRange;
import io.fairlead.core.unit.Limit;
import io.fairlead.net.tls.ServedCert;
import io.fairlead.tunnel.session.Logins;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * What a tunnel server follows.
 *
 * @param cert what agents see
 * @param bound whether proofs are bound to the TLS connection
 * @param carriers at a time
 * @param carriersPerSource of them of one address
 * @param agents at a time
 * @param services of one agent
 * @param udpSessions of one service
 * @param login for TLS and the proof together
 * @param grace how long services of a lost agent keep their places
 */
public record ServerTerms(
    Logins logins,
    ServedCert cert,
    boolean bound,
    Exposed exposed,
    Limit carriers,
    Limit carriersPerSource,
    int agents,
    int services,
    int udpSessions,
    Duration login,
    Duration grace) {
  /**
   * Where services appear.
   *
   * @param http whether there is a site for hosts
   * @param url how users reach hosts; its host is the base of names
   * @param bind the address of ports
   * @param https where {@code https} services are reached
   */
  public record Exposed(
      boolean http,
      Optional<URI> url,
      String bind,
      Optional<PortRange> tcpPorts,
      Optional<PortRange> udpPorts,
      Optional<ListenAddress> https) {}
}
