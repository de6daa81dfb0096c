package io.fairlead.net.listen;

/**
 * User event fired down the pipeline of every connection of a retiring listener or stopping
 * process. HTTP handlers answer the request in hand with {@code Connection: close} and close when
 * idle; relayed streams go on until the deadline.
 *
 * @param deadlineNanos monotonic time at which the connection will be closed by the listener
 * @param idleCloseNanos monotonic time, spread at random per connection, at which an idle
 *     keep-alive connection should close itself
 */
public record DrainEvent(long deadlineNanos, long idleCloseNanos) {}
