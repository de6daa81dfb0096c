package io.fairlead.net.tls;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;

/** Which TLS engine is used: BoringSSL where its library loads, else the JDK's. */
final class TlsProvider {
  private TlsProvider() {}

  static SslProvider best() {
    return OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK;
  }
}
