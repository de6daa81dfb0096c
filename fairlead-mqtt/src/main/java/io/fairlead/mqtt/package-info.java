/**
 * An MQTT broker: versions 3.1, 3.1.1 and 5.0 on TCP, TLS and WebSocket.
 *
 * <p>Start with {@link io.fairlead.mqtt.codec.FrameReader} (what is on the wire).
 *
 * <p>Spec: MQTT 3.1, MQTT 3.1.1 and MQTT 5.0 (OASIS).
 */
@NullMarked
package io.fairlead.mqtt;

import org.jspecify.annotations.NullMarked;
