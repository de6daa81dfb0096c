package io.fairlead.proxy.stream.netty;

import io.fairlead.net.tls.TlsFacts;
import io.fairlead.proxy.stream.StreamRules.Known;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import java.util.List;
import java.util.Locale;

/** What a TLS handshake that ended here has told. */
final class ServerNames {
  private ServerNames() {}

  /** On the channel's event loop, after the handshake. */
  static Known of(Channel channel) {
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    String protocol = tls == null ? null : tls.applicationProtocol();
    return new Known.Tls(
        TlsFacts.of(channel)
            .flatMap(TlsFacts::serverName)
            .map(name -> name.toLowerCase(Locale.ROOT)),
        protocol == null ? List.of() : List.of(protocol));
  }
}
