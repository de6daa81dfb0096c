package io.fairlead.http.upstream;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.dial.Dialer;
import io.fairlead.net.http.ForwardPlan;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.function.Predicate;

/**
 * The way out for upstream requests: destinations an operator wrote into the configuration.
 * Supplied by whoever composes the program. Thread-safe.
 */
public interface Dials {
  /** A dialer whose channels live on {@code loop}. */
  Dialer<Channel> plain(EventLoop loop);

  /**
   * Loads what TLS needs; called while a configuration is prepared.
   *
   * @throws ConfigException the authorities cannot be read; the problem's path is the key's path
   *     below the upstream, e.g. {@code /tls/ca}
   */
  Secured secured(UpstreamConfig.TlsConfig tls) throws ConfigException;

  /** Closes idle pooled connections now, and those in use when their request ends. */
  void retire(Predicate<ForwardPlan.Key> gone);

  /** Dialers with loaded TLS settings. */
  @FunctionalInterface
  interface Secured {
    /**
     * @param serverName asked for and verified
     */
    Dialer<Channel> on(EventLoop loop, String serverName);

    /**
     * The same, offering what a protocol may be in TLS (ALPN).
     *
     * @param protocol {@code AUTO} offers HTTP/2 and HTTP/1.1, {@code H2} HTTP/2 only
     */
    default Dialer<Channel> on(EventLoop loop, String serverName, ForwardPlan.Protocol protocol) {
      return on(loop, serverName);
    }
  }
}
