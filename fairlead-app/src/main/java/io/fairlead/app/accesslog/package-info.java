/**
 * The access log: one line for each request, tunnel and stream, written by a thread of its own.
 *
 * <p>Start with {@link io.fairlead.app.accesslog.AccessLogService}: features hand it entries, it
 * keeps them in a bounded ring, formats them ({@code LineFormat}) and writes them ({@code
 * LineSink}). {@link io.fairlead.app.accesslog.AccessLogConfig} is section {@code logs.access}.
 *
 * <p>Invariants: no event loop waits for a line; what does not fit is dropped and counted; no
 * credential is written (fields that carry them are never taken, query values that look like them
 * are masked); text of a peer cannot forge a line.
 */
@NullMarked
package io.fairlead.app.accesslog;

import org.jspecify.annotations.NullMarked;
