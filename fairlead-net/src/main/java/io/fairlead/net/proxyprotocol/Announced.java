package io.fairlead.net.proxyprotocol;

import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.tls.TlsFacts;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import java.util.List;
import java.util.Optional;

/**
 * A client of whom servers are told.
 *
 * @param serverName what it asked for in TLS
 * @param protocols what it offered there, or what was agreed on
 * @param tls where TLS ended at the listener
 */
public record Announced(
    LiveConnection connection,
    Optional<String> serverName,
    List<String> protocols,
    Optional<SslHandler> tls) {
  public Announced {
    protocols = List.copyOf(protocols);
  }

  /** What its channel tells; on its event loop. */
  public static Announced of(LiveConnection connection, Channel channel) {
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    String agreed = tls == null ? null : tls.applicationProtocol();
    return new Announced(
        connection,
        TlsFacts.of(channel).flatMap(TlsFacts::serverName),
        agreed == null ? List.of() : List.of(agreed),
        Optional.ofNullable(tls));
  }
}
