package io.fairlead.http.upstream;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.dial.Dialer;
import io.fairlead.net.dial.Preface;
import io.fairlead.net.http.ForwardPlan;
import io.fairlead.net.http.PoolSettings;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;

/**
 * The way out for upstream requests: destinations an operator wrote into the configuration.
 * Supplied by whoever composes the program. Thread-safe.
 */
public interface Dials {
  /** An event loop for work that no request asked for: checks, lookups. */
  EventLoop loop();

  /**
   * A dialer whose channels live on {@code loop}.
   *
   * @param upstream whose endpoints it dials; what may be dialled depends on who named them
   * @param preface what connections begin with
   */
  Dialer<Channel> plain(EventLoop loop, String upstream, Optional<Preface> preface);

  /**
   * Loads what TLS needs; called while a configuration is prepared.
   *
   * @param upstream whose endpoints are dialled, as above
   * @throws ConfigException the files cannot be read; the problem's path is the key's path below
   *     the upstream, e.g. {@code /tls/ca}
   */
  Secured secured(String upstream, UpstreamConfig.TlsConfig tls) throws ConfigException;

  /**
   * Looks up who stands behind a name.
   *
   * @return fails when there is no answer; an answer may be empty
   */
  CompletionStage<Found> lookUp(DiscoveryConfig discovery);

  /** Bounds of the pools whose keys have that partition, from now on. */
  void tune(String partition, PoolSettings settings);

  /** Opens idle connections until there are {@code count} on every event loop. */
  void warm(ForwardPlan.Key key, int count, Connector connector);

  /** Closes idle pooled connections now, and those in use when their request ends. */
  void retire(Predicate<ForwardPlan.Key> gone);

  /** Closes all connections now, those in use too. */
  void cut(Predicate<ForwardPlan.Key> gone);

  /** Dialers with loaded TLS settings. */
  @FunctionalInterface
  interface Secured {
    /**
     * @param serverName asked for and verified
     * @param protocol what is offered in TLS (ALPN): {@code AUTO} HTTP/2 and HTTP/1.1, {@code H2}
     *     HTTP/2 only, the others nothing
     * @param preface what connections begin with, before TLS
     */
    Dialer<Channel> on(
        EventLoop loop,
        String serverName,
        ForwardPlan.Protocol protocol,
        Optional<Preface> preface);
  }

  /** A dialer for each event loop. */
  @FunctionalInterface
  interface Connector {
    Dialer<Channel> on(EventLoop loop);
  }

  /**
   * An answer.
   *
   * @param ttl how long it holds
   */
  record Found(List<Host> hosts, Duration ttl) {
    public Found {
      hosts = List.copyOf(hosts);
    }
  }

  /**
   * One host of an answer.
   *
   * @param address text of an IP address
   * @param weight of the record, or 0
   * @param priority of the record: lower first
   */
  record Host(String address, int port, int weight, int priority) {}
}
