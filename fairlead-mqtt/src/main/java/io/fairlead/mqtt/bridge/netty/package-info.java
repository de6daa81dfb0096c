/**
 * Connections of bridges: bytes to packets and back, towards another broker.
 *
 * <p>Start with {@link io.fairlead.mqtt.bridge.netty.RemoteDials}; {@code RemoteChannel} is one
 * connection.
 *
 * <p>Invariants: a connection lives on the event loop of its bridge's session, so nothing crosses
 * threads; what the other broker sends is never trusted to be MQTT.
 */
@NullMarked
package io.fairlead.mqtt.bridge.netty;

import org.jspecify.annotations.NullMarked;
