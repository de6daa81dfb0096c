/**
 * An MQTT broker: versions 3.1, 3.1.1 and 5.0 on TCP, TLS and WebSocket.
 *
 * <p>Start with {@link MqttBroker} (what runs), then {@link MqttConfig} (what can be said about
 * it), {@link io.fairlead.mqtt.session.Session} (one client) and {@link
 * io.fairlead.mqtt.delivery.Shard} (one event loop's clients).
 *
 * <p>Flow: {@code netty} (bytes, CONNECT) → {@code session} → {@code delivery} (topics, other
 * sessions) → {@code session} → {@code netty}; {@code store} behind both.
 *
 * <p>Invariants: who a client is, is known before anything of a session is touched; a client id has
 * one session on one thread; nothing is acknowledged before the store has what must not be lost;
 * every queue has a bound.
 *
 * <p>Spec: MQTT 3.1, MQTT 3.1.1 and MQTT 5.0 (OASIS).
 */
@NullMarked
package io.fairlead.mqtt;

import org.jspecify.annotations.NullMarked;
