/**
 * Requests: what was asked, and what becomes of it when a connection is lost.
 *
 * <p>Start with {@link RequestTable}; {@link ResendRules} says which methods may be sent again,
 * {@link RpcErrors} what a server's errors mean.
 *
 * <p>Invariants: a wire id is used once; a request ends exactly once. Nothing here does I/O or
 * reads a clock.
 */
@NullMarked
package io.fairlead.pubsub.request;

import org.jspecify.annotations.NullMarked;
