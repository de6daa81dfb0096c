/**
 * MQTT connections: bytes to packets and back, timers, transports. Nothing about the meaning of
 * packets is decided here beyond who may come in.
 *
 * <p>Start with {@link MqttFace} (how a connection enters, TCP or WebSocket), then {@link
 * MqttConnection} (its life), {@link Admission} (CONNECT) and {@link ChannelOutput} (the way back).
 *
 * <p>Threads: a channel lives on one event loop, its session on another or the same. Between two
 * loops packets cross as one task for each read, answers as one write for each turn.
 *
 * <p>Invariants: nothing is read between CONNECT and its answer but AUTH; a peer's mistake ends its
 * connection and is counted, never logged above DEBUG.
 *
 * <p>Spec: MQTT 5.0 §§3.1, 4.2, 4.12, 4.13, 6; RFC 6455.
 */
@NullMarked
package io.fairlead.mqtt.netty;

import org.jspecify.annotations.NullMarked;
