package io.fairlead.net.upstream;

import io.fairlead.net.live.Severable;
import java.util.Optional;

/**
 * Who wants to go where.
 *
 * @param upstream name of the group
 * @param client text of the client's address, which hashing methods keep together
 * @param serverName what the client asked for in its TLS handshake
 * @param work severed when the chosen endpoint may not be talked to any more
 */
public record StreamAsk(
    String upstream, String client, Optional<String> serverName, Severable work) {}
