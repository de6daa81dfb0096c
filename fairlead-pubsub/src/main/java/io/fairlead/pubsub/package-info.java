/**
 * Ethereum JSON-RPC publish and subscribe: one frontend, a service that owns the connection,
 * backends for WebSocket, Unix socket and HTTP.
 *
 * <p>Start with {@link PubSub}, then {@link PubSubFrontend} and {@link RawSubscription}: that is
 * all that user code holds. A {@link Connector} says where a node is. Behind it {@code service}
 * owns every table on one event loop; {@code request} and {@code subscription} hold its machines,
 * {@code codec} the bytes, {@code netty} and {@code poll} the transports.
 *
 * <p>Flow: backend → {@code ChainService} (server id → local id) → a bounded queue per handle → the
 * consumer's own thread, where payloads are decoded.
 *
 * <p>Invariants: a wire id is never used twice within a service; a local id outlives every
 * connection; nothing a server sends ends the service; everything is bounded. The module is a
 * library of its own and knows no other feature.
 */
@NullMarked
package io.fairlead.pubsub;

import org.jspecify.annotations.NullMarked;
