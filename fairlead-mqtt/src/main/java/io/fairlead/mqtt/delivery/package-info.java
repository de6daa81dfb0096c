/**
 * Messages between sessions: who gets them, what is retained, and the threads it happens on.
 *
 * <p>Start with {@link BrokerCore} (what all share), then {@link Shard} (the sessions of one event
 * loop), then {@link Fanout} (one message to all it is meant for).
 *
 * <p>Flow: a session publishes → its {@link Shard} matches the topic → sessions of the same shard
 * are given it by a call, those of others by one task for each shard and turn. What a turn appended
 * to connections leaves at its end, once for each connection.
 *
 * <p>Invariants: a client id has one session in one shard; messages of one connection reach each
 * session in their order; no thread waits for another.
 *
 * <p>Spec: MQTT 5.0 §§3.1.2.11, 3.3.1.3, 4.6, 4.8.
 */
@NullMarked
package io.fairlead.mqtt.delivery;

import org.jspecify.annotations.NullMarked;
