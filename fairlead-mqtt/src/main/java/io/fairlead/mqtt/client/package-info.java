/**
 * A small blocking client on the broker's own codec, for the command line and for tests: one
 * socket, no threads of its own.
 *
 * <p>Start with {@link MqttLink}.
 *
 * <p>Spec: MQTT 3.1, MQTT 3.1.1 and MQTT 5.0.
 */
@NullMarked
package io.fairlead.mqtt.client;

import org.jspecify.annotations.NullMarked;
