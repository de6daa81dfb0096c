package io.fairlead.net.http;

import java.util.Optional;

/**
 * How a forwarded exchange ended.
 *
 * @param status sent to the client; 499 when it left first
 * @param upstreamStatus the upstream's, or 0
 * @param sentBytes body bytes to the client (stream bytes after an upgrade)
 * @param receivedBytes body bytes from the client
 * @param failure empty when all went well
 * @param durationNanos from head complete to end
 */
public record ForwardResult(
    int status,
    int upstreamStatus,
    long sentBytes,
    long receivedBytes,
    Optional<ForwardFailure> failure,
    long durationNanos) {}
