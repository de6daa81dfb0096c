/**
 * Enhanced authentication: proving a password without sending it.
 *
 * <p>Start with {@link io.fairlead.mqtt.auth.ScramServer}, one per exchange; it answers from a
 * {@link io.fairlead.mqtt.auth.ScramCredential}, which does not hold the password.
 *
 * <p>Flow: the data of CONNECT or AUTH → {@code ScramServer} → {@link
 * io.fairlead.mqtt.auth.ScramStep}. Nothing here does I/O or hashes a password on the way; an
 * exchange costs five HMACs, so it may run on an event loop.
 *
 * <p>Invariants: an unknown user gets the same challenge at every try and is refused at the same
 * step as a wrong password; proofs are compared in constant time; no exception leaves for anything
 * a client sends; nothing prints a key.
 *
 * <p>Spec: RFC 5802, RFC 7677, RFC 5803; MQTT 5.0 §4.12.
 */
@NullMarked
package io.fairlead.mqtt.auth;

import org.jspecify.annotations.NullMarked;
