package io.fairlead.net.tls;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AttributeKey;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * What is known of an accepted connection's TLS, from its first message on. Event loop of the
 * channel.
 *
 * @param serverName the host the client asked for; lower case
 * @param shown the certificate it was shown
 * @param asksClients whether clients are asked for certificates
 */
public record TlsFacts(Optional<String> serverName, CertifiedKey shown, boolean asksClients) {
  private static final AttributeKey<TlsFacts> KEY = AttributeKey.valueOf(TlsFacts.class, "tls");

  /** Of a connection that a listener of ours secured. */
  public static Optional<TlsFacts> of(Channel channel) {
    return Optional.ofNullable(channel.attr(KEY).get());
  }

  /** The verified certificate of the client; after the handshake. */
  public static Optional<X509Certificate> client(Channel channel) {
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    if (tls == null) return Optional.empty();
    try {
      return tls.engine().getSession().getPeerCertificates()[0] instanceof X509Certificate own
          ? Optional.of(own)
          : Optional.empty();
    } catch (SSLPeerUnverifiedException none) {
      return Optional.empty();
    }
  }

  void note(Channel channel) {
    channel.attr(KEY).set(this);
  }
}
