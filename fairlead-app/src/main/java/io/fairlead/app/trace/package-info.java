/**
 * Traces: sends spans to a collector by OTLP over HTTP (OpenTelemetry protocol 1.x, protobuf).
 *
 * <p>Start with {@link io.fairlead.app.trace.SpanService}, which is told of ended work and hands
 * it, in batches and on a thread of its own, to an {@link io.fairlead.app.trace.SpanExport}.
 * Requests and streams come as lines of the access log; {@link io.fairlead.app.trace.Journals}
 * gives each line to both, and {@link io.fairlead.app.trace.EntrySpans} makes spans of it.
 *
 * <p>Invariants: no thread runs before tracing is enabled; telling never blocks; what there is no
 * room for is dropped and counted.
 */
@NullMarked
package io.fairlead.app.trace;

import org.jspecify.annotations.NullMarked;
