/**
 * Connections to nodes: WebSocket, Unix socket and HTTP.
 *
 * <p>Start with {@link WsDial}, which makes a {@code WsConnection}; {@link IpcDial} and {@link
 * HttpDial} are its siblings. Each connection is a handler on one event loop that moves bytes and
 * reports one terminal cause; it knows nothing of requests and subscriptions. HTTP cannot push:
 * {@code PollingConnection} asks for what a subscription would tell.
 *
 * <p>Invariants: nothing of a URL but scheme, host and port is in a message of a failure; nothing
 * is read before somebody listens.
 */
@NullMarked
package io.fairlead.pubsub.netty;

import org.jspecify.annotations.NullMarked;
