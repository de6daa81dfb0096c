/**
 * What became of requests and streams, for the access log.
 *
 * <p>Start with {@link io.fairlead.net.journal.AccessEntry}, one line of it as data; features hand
 * entries to an {@link io.fairlead.net.journal.AccessLog}, and the program decides where they go.
 *
 * <p>Invariants: {@link io.fairlead.net.journal.AccessLog#write} never blocks an event loop; an
 * entry holds text of its own and nothing of the request's buffers.
 */
@NullMarked
package io.fairlead.net.journal;

import org.jspecify.annotations.NullMarked;
