package io.fairlead.tunnel.agent.netty;

import io.fairlead.core.dial.Destination;
import io.fairlead.tunnel.codec.Offer;
import java.time.Duration;
import java.util.Optional;

/**
 * A service of this agent.
 *
 * @param offer what the server is told
 * @param destination where it is; none of a way out
 * @param proxyProtocol version of the header it gets first; none: no header
 * @param health how often it is tried
 * @param required the start waits for the server to take it
 */
public record LocalService(
    Offer offer,
    Optional<Destination> destination,
    Optional<Integer> proxyProtocol,
    Optional<Duration> health,
    boolean required) {}
