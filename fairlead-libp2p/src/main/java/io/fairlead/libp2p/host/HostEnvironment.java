package io.fairlead.libp2p.host;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.netty.Transport;
import io.fairlead.net.dial.NameResolver;
import io.fairlead.net.loop.EventLoops;

/**
 * What a node runs on; none of it is closed with the node.
 *
 * @param loops run its sockets
 * @param resolver answers names in addresses
 * @param webSocketTls certificates for and trust in secure web sockets
 */
public record HostEnvironment(
    EventLoops loops,
    NameResolver resolver,
    Transport.WebSocketTls webSocketTls,
    Clock clock,
    Randomness randomness,
    Meters meters) {}
