/**
 * Listeners: bound addresses that outlive the faces behind them.
 *
 * <p>Start with {@link io.fairlead.net.listen.ListenerSet}, which follows the list of {@link
 * io.fairlead.net.listen.ListenerSpec}s; a {@link io.fairlead.net.listen.Face} builds the pipeline
 * of each accepted connection. Inside, one {@code ListeningSocket} is one bound address, and {@code
 * AcceptGate} says who may come in.
 *
 * <p>Invariants: an address that stays in the list keeps its socket, whoever is behind it; binding
 * happens while a change is prepared, accepting only once it is committed; every accepted channel
 * is in the connection registry until it is closed.
 *
 * <p>Limits: process-wide connections pause accepting; connections and new connections per source
 * close after the accept. Sources are IPv4 addresses and IPv6 /64 prefixes.
 */
@NullMarked
package io.fairlead.net.listen;

import org.jspecify.annotations.NullMarked;
