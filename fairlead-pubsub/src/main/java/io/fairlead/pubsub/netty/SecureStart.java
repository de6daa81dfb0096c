package io.fairlead.pubsub.netty;

import io.fairlead.net.tls.ClientTls;
import io.fairlead.pubsub.EndpointUrl;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.TerminalCause;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.util.function.Supplier;
import javax.net.ssl.SSLHandshakeException;

/** TLS in front of a protocol, and what its failures mean. */
final class SecureStart {
  private SecureStart() {}

  /** Puts TLS into the pipeline where the URL wants it. */
  static void add(Channel channel, EndpointUrl url, Supplier<ClientTls> tls, long timeoutMillis) {
    if (!url.secure()) return;
    SslHandler handler = tls.get().newHandler(channel.alloc(), url.host(), url.port());
    handler.setHandshakeTimeoutMillis(timeoutMillis);
    channel.pipeline().addLast(handler);
  }

  /** A failed handshake: trust that is missing cannot come back, a broken line can. */
  static PubSubException failure(Throwable failure) {
    boolean trust = false;
    for (Throwable each = failure; each != null; each = each.getCause()) {
      trust |= each instanceof CertificateException || each instanceof CertPathValidatorException;
    }
    if (trust)
      return new PubSubException.NonRetryable(
          TerminalCause.of(
              TerminalCause.Kind.TLS, "the server's certificate is not trusted for its name"));
    return SocketDial.failure(
        failure instanceof SSLHandshakeException ? "TLS handshake failed" : "TLS: connection lost");
  }
}
