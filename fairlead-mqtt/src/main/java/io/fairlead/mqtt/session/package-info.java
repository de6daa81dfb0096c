/**
 * Sessions: what the broker knows of one client, during connections and between them.
 *
 * <p>Start with {@link Session} (all a client can ask for), then {@link Outbox} (what waits for it
 * and what it has not acknowledged), then {@link Connection} (the state that ends with a
 * connection).
 *
 * <p>Flow: packets of a client → {@link Session} → {@link SessionHost} (messages, subscriptions)
 * and {@link ConnectionOutput} (answers). Messages of others arrive by {@link Session#deliver}.
 * Nothing here does I/O or reads a clock: time comes from the host.
 *
 * <p>Invariants: a session is touched by its home thread only; a packet id is in flight at most
 * once; what was sent and not acknowledged never exceeds the receive maximum of the client;
 * acknowledgements leave in the order the messages came.
 *
 * <p>Spec: MQTT 5.0 §§3.1.2, 3.3, 3.8, 4.1, 4.3, 4.4, 4.6, 4.9.
 */
@NullMarked
package io.fairlead.mqtt.session;

import org.jspecify.annotations.NullMarked;
