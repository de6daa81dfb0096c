/**
 * The agent: dials a server, proves who it is, and serves what the server asks for.
 *
 * <p>Start with {@link io.fairlead.tunnel.agent.netty.AgentDriver} (keeps the carriers), then
 * {@code AgentCarrier} (one connection, from the dial to its end) and {@code LocalServices} (a
 * stream to a local service). {@code VisitPort}s go the other way: a local port that leads to a
 * private service of another agent.
 *
 * <p>Invariants: a carrier that is told to leave has a successor before it ends; only services of
 * the configuration are dialled, whatever the server asks for; a local service that is slow holds
 * up its own stream only.
 */
@NullMarked
package io.fairlead.tunnel.agent.netty;

import org.jspecify.annotations.NullMarked;
