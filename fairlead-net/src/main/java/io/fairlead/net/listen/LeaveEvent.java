package io.fairlead.net.listen;

/**
 * User event fired down the pipeline of a connection whose listener goes on with other terms. HTTP
 * handlers answer the request in hand with {@code Connection: close} (HTTP/2: GOAWAY) and close
 * when idle; streams go on, since whoever decides on them closes the forbidden ones.
 *
 * @param idleCloseNanos monotonic time, spread at random per connection, at which an idle
 *     keep-alive connection should close itself
 */
public record LeaveEvent(long idleCloseNanos) {}
