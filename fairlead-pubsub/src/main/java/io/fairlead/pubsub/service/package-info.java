/**
 * The service: one long-lived owner per chain, which keeps a connection and everything that must
 * outlive it.
 *
 * <p>Start with {@link ChainService}: commands come in, frames come in, tables change, all on one
 * event loop. {@code Link} keeps the connection: endpoints, identity, keepalive, reconnect. {@code
 * Served} is one subscription; {@code Handle} and {@code Frontend} are what users hold.
 *
 * <p>Flow: {@code Link} → {@code ChainService.frame} → {@code RequestTable} or {@code ServerIds} →
 * {@code ItemSink}.
 *
 * <p>Invariants: only the event loop touches tables; users' code and decoders never run on it.
 */
@NullMarked
package io.fairlead.pubsub.service;

import org.jspecify.annotations.NullMarked;
