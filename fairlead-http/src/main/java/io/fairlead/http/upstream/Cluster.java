package io.fairlead.http.upstream;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.Dialer;
import io.fairlead.net.http.ForwardPlan;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints of one upstream and who is next. Immutable but for the cursor; picked from by any
 * event loop. A reload that changes anything makes a new one out of the endpoints that stay.
 */
public final class Cluster {
  private final String id;
  private final UpstreamConfig config;
  private final int tlsGeneration;
  private final List<Endpoint> endpoints;
  private final @Nullable RoundRobin turns;
  private final Optional<Dials.Secured> tls;
  private final Dials dials;

  Cluster(
      String id,
      UpstreamConfig config,
      int tlsGeneration,
      List<Endpoint> endpoints,
      int start,
      Optional<Dials.Secured> tls,
      Dials dials) {
    this.id = id;
    this.config = config;
    this.tlsGeneration = tlsGeneration;
    this.endpoints = List.copyOf(endpoints);
    this.turns =
        endpoints.isEmpty()
            ? null
            : new RoundRobin(
                config.endpoints().stream()
                    .mapToInt(UpstreamConfig.EndpointConfig::weight)
                    .toArray(),
                start);
    this.tls = tls;
    this.dials = dials;
  }

  public String id() {
    return id;
  }

  public ForwardPlan.Timeouts timeouts() {
    return config.timeouts();
  }

  public List<Endpoint> endpoints() {
    return endpoints;
  }

  /** The endpoint whose turn it is; null when there is none. */
  public @Nullable Endpoint pick() {
    return turns == null ? null : endpoints.get(turns.next());
  }

  /** The next endpoint other than {@code failed}; null when there is no other. */
  public @Nullable Endpoint pickOther(Endpoint failed) {
    if (turns == null || endpoints.size() < 2) return null;
    // A heavy endpoint may have several turns in a row; the list decides when luck does not.
    for (int i = 0; i < 2 * endpoints.size(); i++) {
      Endpoint candidate = endpoints.get(turns.next());
      if (candidate != failed) return candidate;
    }
    for (Endpoint candidate : endpoints) {
      if (candidate != failed) return candidate;
    }
    return null;
  }

  /** How its servers are spoken to. */
  public ForwardPlan.Wire wire() {
    return config.wire();
  }

  /** Opens HTTP/1.1 connections to one of its endpoints on the exchange's event loop. */
  public Dialer<Channel> dialer(Endpoint endpoint, EventLoop loop) {
    return dialer(endpoint, loop, ForwardPlan.Protocol.H1);
  }

  /** Opens connections to one of its endpoints on the exchange's event loop. */
  public Dialer<Channel> dialer(Endpoint endpoint, EventLoop loop, ForwardPlan.Protocol protocol) {
    // Asked for only when no connection is pooled, so nothing is made for the common request.
    if (!endpoint.secured() || tls.isEmpty()) {
      return (destination, timeout) -> dials.plain(loop).dial(destination, timeout);
    }
    Dials.Secured secured = tls.get();
    return (destination, timeout) ->
        secured.on(loop, serverName(destination), protocol).dial(destination, timeout);
  }

  UpstreamConfig config() {
    return config;
  }

  /** Grows when TLS settings change, so that no connection made under the old ones is reused. */
  int tlsGeneration() {
    return tlsGeneration;
  }

  int position() {
    return turns == null ? 0 : turns.position();
  }

  Optional<Dials.Secured> tls() {
    return tls;
  }

  private String serverName(Destination destination) {
    if (config.tls().serverName().isPresent()) return config.tls().serverName().get();
    return destination instanceof Destination.HostPort(String host, _) ? host : "localhost";
  }
}
