package io.fairlead.tunnel.server.netty;

import io.fairlead.core.access.Entitlements;
import io.fairlead.core.access.Membership;
import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.watch.Watch;
import io.fairlead.net.http.HttpForwarder;
import io.fairlead.net.journal.AccessLog;
import io.fairlead.net.listen.ListenerSpec;
import io.fairlead.net.loop.EventLoops;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What a tunnel server stands on.
 *
 * @param gateway what it calls itself to agents
 * @param stateDir where tokens and figures are kept
 * @param ports binds and frees ports; may block
 * @param forwarder passes requests on
 * @param elsewhere told services whose kept streams lead where they are not any more; any thread
 */
public record ServerSurroundings(
    String gateway,
    Path stateDir,
    EventLoops loops,
    Ports ports,
    HttpForwarder forwarder,
    Consumer<Set<Destination>> elsewhere,
    AccessLog access,
    Entitlements entitlements,
    Watch<Membership> membership,
    EventBus events,
    AuditTrail audit,
    Meters meters,
    Clock clock,
    Randomness randomness) {
  /** Binds the ports of services, and no others. */
  public interface Ports {
    /**
     * These are the ports from now on. Blocks while it binds.
     *
     * @throws ConfigException one of them cannot be bound; nothing changed
     */
    void show(List<ListenerSpec> specs) throws ConfigException;
  }
}
