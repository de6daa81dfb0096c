/**
 * The control API as requests and answers: routes, their handlers, and how reports look as JSON.
 *
 * <p>Start with {@link io.fairlead.control.http.Endpoints} (the table of everything there is), then
 * {@link io.fairlead.control.http.Router}. Nothing here knows a channel: a request is a record, an
 * answer is a record, and {@code io.fairlead.control.netty} carries both.
 *
 * <p>Invariants: every answer of the API itself is JSON with a {@code schema}; every error has one
 * form; no handler runs on an event loop.
 */
@NullMarked
package io.fairlead.control.http;

import org.jspecify.annotations.NullMarked;
