/**
 * Ethereum JSON-RPC publish and subscribe: one frontend, a service that owns the connection,
 * backends for WebSocket, IPC and HTTP.
 */
@NullMarked
package io.fairlead.pubsub;

import org.jspecify.annotations.NullMarked;
