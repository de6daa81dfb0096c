/**
 * The server: carriers of agents come in, services go out at ports, hosts and names.
 *
 * <p>Start with {@link io.fairlead.tunnel.server.netty.Hub}, the one owner of agents and services;
 * then {@code ServerCarrier} (one connection of an agent, from TLS to login), {@code Directory}
 * (what the data path reads) and {@link io.fairlead.tunnel.server.netty.TunnelDialer} (a stream to
 * a service). Who uses services: {@code PortFace}, {@code PortDatagrams}, {@code TunnelSites}.
 *
 * <p>Invariants: agents and services change on the hub's mailbox only; the data path reads one
 * immutable picture; a stream is opened only after membership was asked; whatever belongs to an
 * agent is found by its registry entry, so that a revocation costs its own work.
 */
@NullMarked
package io.fairlead.tunnel.server.netty;

import org.jspecify.annotations.NullMarked;
