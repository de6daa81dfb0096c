/**
 * Bridges: connections to other brokers, and what crosses them.
 *
 * <p>Start with {@link io.fairlead.mqtt.bridge.Bridge} (one bridge's life), then {@link
 * io.fairlead.mqtt.bridge.Crossing} (a message from one side to the other), {@link
 * io.fairlead.mqtt.bridge.TopicMap} and {@link io.fairlead.mqtt.bridge.Trail} (what stops loops),
 * and {@link io.fairlead.mqtt.bridge.Bridges} (those of one configuration).
 *
 * <p>Flow: a message of this broker → the bridge's session here, kept like any client's → its
 * connection → {@link io.fairlead.mqtt.bridge.RemoteLink}, with the packet id it has here. The
 * other broker's acknowledgement goes the same way back, and only then the message is done. What
 * the other broker sends comes in as a publish of that session, with the other broker's packet id.
 *
 * <p>Invariants: the bridge itself remembers no message: what is not acknowledged on one side is
 * still kept on the other, so a cut at any moment loses nothing, and a message of QoS 2 is not
 * repeated as long as both sides keep their session. A bridge lives on the event loop of its
 * session, its connection too.
 *
 * <p>Spec: MQTT 3.1.1 and MQTT 5.0 (OASIS), as a client.
 */
@NullMarked
package io.fairlead.mqtt.bridge;

import org.jspecify.annotations.NullMarked;
