package io.fairlead.proxy.stream.netty;

import io.fairlead.proxy.stream.StreamRules.Known;
import io.netty.handler.ssl.SslHandler;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;

/** What a TLS handshake that ended here has told. */
final class ServerNames {
  private ServerNames() {}

  static Known of(SslHandler tls) {
    String protocol = tls.applicationProtocol();
    return new Known.Tls(name(tls), protocol == null ? List.of() : List.of(protocol));
  }

  private static Optional<String> name(SslHandler tls) {
    if (!(tls.engine().getSession() instanceof ExtendedSSLSession session)) return Optional.empty();
    List<SNIServerName> names;
    try {
      names = session.getRequestedServerNames();
    } catch (UnsupportedOperationException notKept) {
      return Optional.empty();
    }
    for (SNIServerName name : names) {
      if (name instanceof SNIHostName host) {
        return Optional.of(host.getAsciiName().toLowerCase(Locale.ROOT));
      }
    }
    return Optional.empty();
  }
}
