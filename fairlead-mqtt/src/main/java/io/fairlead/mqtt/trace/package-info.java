/**
 * Traces: what single clients say and are told, packet by packet, for an operator who looks.
 *
 * <p>Start with {@link Traces} (those there are), then {@link Trace} (one of them, with the lines
 * it caught) and {@link TraceWish} (what it catches).
 *
 * <p>Invariants: without a trace a packet costs one read; a trace ends by itself and keeps the last
 * {@value Trace#LINES_MAX} lines; payloads, passwords and authentication data are never in it.
 */
@NullMarked
package io.fairlead.mqtt.trace;

import org.jspecify.annotations.NullMarked;
