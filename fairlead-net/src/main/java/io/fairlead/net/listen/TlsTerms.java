package io.fairlead.net.listen;

import io.fairlead.net.tls.TlsVersion;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;

/**
 * Who a TLS listener lets in, without the certificate it shows: when this changes, those who are
 * connected on other terms are asked to leave.
 *
 * @param oldest version that is spoken
 * @param terms what else makes a difference, in any form that is equal for equal terms
 */
public record TlsTerms(TlsVersion oldest, String terms) {
  /** Whether a connection that is open was secured as this asks for. */
  boolean admits(Channel channel) {
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    if (tls == null) return false;
    return oldest.protocols().contains(tls.engine().getSession().getProtocol());
  }
}
