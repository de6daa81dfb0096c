/**
 * NAT tunnels: an agent behind NAT dials out to a server and serves on that connection; the server
 * exposes the services of the agent.
 *
 * <p>Start with {@link io.fairlead.tunnel.TunnelConfig}, then {@link
 * io.fairlead.tunnel.TunnelServer} → {@code server.netty.Hub}, and {@link
 * io.fairlead.tunnel.TunnelAgent} → {@code agent.netty.AgentDriver}. What both ends say is in
 * {@code codec}, what they decide in {@code session}, what they share of a connection in {@code
 * carrier.netty}.
 *
 * <p>Flow: a user's connection → {@code PortFace} (or {@code TunnelSites} for a request) → {@code
 * TunnelDialer} → a stream of one of the agent's carriers → {@code LocalServices} → the service.
 *
 * <p>Invariants: the agent dials, the server opens streams; a carrier counts for nothing before its
 * agent has proved who it is; what an agent may offer is decided by the server alone; one stalled
 * stream holds up nobody else.
 *
 * <p>Spec: RFC 9113, RFC 8441, RFC 9298 on carriers; RFC 8446 and RFC 9266 below.
 */
@NullMarked
package io.fairlead.tunnel;

import org.jspecify.annotations.NullMarked;
