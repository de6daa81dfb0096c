package io.fairlead.tunnel.agent.netty;

import io.fairlead.core.dial.Destination;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.tunnel.codec.Offer;
import java.time.Duration;
import java.util.Optional;

/**
 * A service of this agent.
 *
 * @param offer what the server is told
 * @param destination where it is; none of an exit
 * @param exit asked about the destinations of one
 * @param proxyProtocol version of the header it gets first; none: no header
 * @param health how often it is tried
 * @param pool connections opened ahead, on each loop of a carrier
 */
public record LocalService(
    Offer offer,
    Optional<Destination> destination,
    Optional<DestinationGuard> exit,
    Optional<Integer> proxyProtocol,
    Optional<Duration> health,
    int pool) {
  /** The same with other streams behind it. */
  LocalService at(long revision) {
    return new LocalService(offer.at(revision), destination, exit, proxyProtocol, health, pool);
  }
}
