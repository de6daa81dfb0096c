package io.fairlead.net.upstream;

import io.fairlead.net.dial.Preface;
import io.fairlead.net.live.Severable;
import io.fairlead.net.proxyprotocol.Announced;
import io.fairlead.net.proxyprotocol.Announcement;
import io.fairlead.net.proxyprotocol.SendHeader;
import java.util.Optional;

/**
 * Who wants to go where.
 *
 * @param upstream name of the group
 * @param client text of the client's address, which hashing methods keep together
 * @param serverName what the client asked for in its TLS handshake
 * @param work severed when the chosen endpoint may not be talked to any more
 * @param announced whom servers may be told of; empty for datagrams
 * @param send how the asker wants them told
 */
public record StreamAsk(
    String upstream,
    String client,
    Optional<String> serverName,
    Severable work,
    Optional<Announced> announced,
    Optional<SendHeader> send) {
  /** Of one who tells servers nothing. */
  public StreamAsk(String upstream, String client, Optional<String> serverName, Severable work) {
    this(upstream, client, serverName, work, Optional.empty(), Optional.empty());
  }

  /**
   * What the connection to the server begins with.
   *
   * @param otherwise how servers are told when the asker says nothing about it
   */
  public Optional<Preface> preface(Optional<SendHeader> otherwise) {
    return send.or(() -> otherwise)
        .flatMap(header -> announced.map(client -> Announcement.of(header, client)));
  }
}
