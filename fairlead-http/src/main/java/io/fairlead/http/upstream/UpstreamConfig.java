package io.fairlead.http.upstream;

import io.fairlead.core.dial.Destination;
import io.fairlead.http.health.CheckConfig;
import io.fairlead.http.health.OutlierConfig;
import io.fairlead.net.http.ForwardPlan;
import io.fairlead.net.http.PoolSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One cluster as the configuration describes it.
 *
 * @param endpoints may be empty: unless something else adds members, every request is then 503
 * @param discovery names whose addresses are members, too
 * @param health active checks; empty when nobody asks
 * @param outliers what requests may tell
 * @param pool idle connections of each endpoint
 * @param warm idle connections opened in advance, per endpoint
 * @param timeouts how long its servers may take
 * @param tls how endpoints with an {@code https} URL are verified
 * @param wire which version of HTTP they are spoken to with
 */
public record UpstreamConfig(
    List<EndpointConfig> endpoints,
    Optional<DiscoveryConfig> discovery,
    BalanceConfig balance,
    Optional<CheckConfig> health,
    OutlierConfig outliers,
    RetryConfig retry,
    BreakerConfig breaker,
    PoolSettings pool,
    int warm,
    ForwardPlan.Timeouts timeouts,
    TlsConfig tls,
    ForwardPlan.Wire wire) {
  /** What TLS agrees on, HTTP/1.1 without TLS. */
  public static final ForwardPlan.Wire WIRE =
      new ForwardPlan.Wire(ForwardPlan.Protocol.AUTO, false, Set.of());

  /**
   * One server.
   *
   * @param name what it is called in figures and by operators; empty to call it by its place
   * @param destination where it is dialled
   * @param secured whether TLS is spoken
   * @param weight 1–1000; its share of the requests
   * @param group of {@code failover}: lower groups serve first; empty for its place in the list
   */
  public record EndpointConfig(
      Optional<String> name,
      Destination destination,
      boolean secured,
      int weight,
      Optional<Integer> group) {
    public static final int WEIGHT_MAX = 1000;
    public static final int WEIGHT_DEFAULT = 100;

    public EndpointConfig {
      if (weight < 1 || weight > WEIGHT_MAX) {
        throw new IllegalArgumentException("weight: " + weight + " (expected: 1-1000)");
      }
    }

    public EndpointConfig(Destination destination, boolean secured, int weight) {
      this(Optional.empty(), destination, secured, weight, Optional.empty());
    }
  }

  /**
   * Verification of TLS endpoints, and what we show them.
   *
   * @param insecureSkipVerify accepts any certificate; warned about at every load
   * @param ca PEM file of the authorities to trust instead of the system's
   * @param serverName name to ask for and to verify instead of the endpoint's host
   * @param identity certificate we show
   */
  public record TlsConfig(
      boolean insecureSkipVerify,
      Optional<Path> ca,
      Optional<String> serverName,
      Optional<Identity> identity,
      List<String> pins) {
    public static final TlsConfig DEFAULTS =
        new TlsConfig(false, Optional.empty(), Optional.empty(), Optional.empty(), List.of());

    public TlsConfig {
      pins = List.copyOf(pins);
    }

    /** PEM files of a client certificate and its key. */
    public record Identity(Path cert, Path key) {}
  }

  public UpstreamConfig {
    endpoints = List.copyOf(endpoints);
  }

  /** A cluster of plain endpoints of equal weight, with the defaults of the configuration. */
  public static UpstreamConfig of(List<Destination> destinations) {
    return new UpstreamConfig(
        destinations.stream()
            .map(d -> new EndpointConfig(d, false, EndpointConfig.WEIGHT_DEFAULT))
            .toList(),
        Optional.empty(),
        BalanceConfig.DEFAULTS,
        Optional.empty(),
        OutlierConfig.DEFAULTS,
        RetryConfig.DEFAULTS,
        BreakerConfig.DEFAULTS,
        PoolSettings.DEFAULTS,
        0,
        ForwardPlan.Timeouts.DEFAULTS,
        TlsConfig.DEFAULTS,
        WIRE);
  }

  /** The same with other balancing. */
  public UpstreamConfig with(BalanceConfig next) {
    return new UpstreamConfig(
        endpoints, discovery, next, health, outliers, retry, breaker, pool, warm, timeouts, tls,
        wire);
  }

  /** The same with other retries. */
  public UpstreamConfig with(RetryConfig next) {
    return new UpstreamConfig(
        endpoints, discovery, balance, health, outliers, next, breaker, pool, warm, timeouts, tls,
        wire);
  }

  /** The same with other bounds. */
  public UpstreamConfig with(BreakerConfig next) {
    return new UpstreamConfig(
        endpoints, discovery, balance, health, outliers, retry, next, pool, warm, timeouts, tls,
        wire);
  }

  /** The same with other rules for outliers. */
  public UpstreamConfig with(OutlierConfig next) {
    return new UpstreamConfig(
        endpoints, discovery, balance, health, next, retry, breaker, pool, warm, timeouts, tls,
        wire);
  }

  /** The same with other checks. */
  public UpstreamConfig with(CheckConfig next) {
    return new UpstreamConfig(
        endpoints,
        discovery,
        balance,
        Optional.of(next),
        outliers,
        retry,
        breaker,
        pool,
        warm,
        timeouts,
        tls,
        wire);
  }

  /** The same with other discovery. */
  public UpstreamConfig with(DiscoveryConfig next) {
    return new UpstreamConfig(
        endpoints,
        Optional.of(next),
        balance,
        health,
        outliers,
        retry,
        breaker,
        pool,
        warm,
        timeouts,
        tls,
        wire);
  }

  /** The same with other timeouts. */
  public UpstreamConfig with(ForwardPlan.Timeouts next) {
    return new UpstreamConfig(
        endpoints, discovery, balance, health, outliers, retry, breaker, pool, warm, next, tls,
        wire);
  }

  /** The same with other words. */
  public UpstreamConfig with(ForwardPlan.Wire next) {
    return new UpstreamConfig(
        endpoints, discovery, balance, health, outliers, retry, breaker, pool, warm, timeouts, tls,
        next);
  }

  /** The same with other idle connections. */
  public UpstreamConfig with(PoolSettings next) {
    return new UpstreamConfig(
        endpoints, discovery, balance, health, outliers, retry, breaker, next, warm, timeouts, tls,
        wire);
  }

  /** The same with other connections in advance. */
  public UpstreamConfig warm(int next) {
    return new UpstreamConfig(
        endpoints, discovery, balance, health, outliers, retry, breaker, pool, next, timeouts, tls,
        wire);
  }

  /** The same with other endpoints. */
  public UpstreamConfig among(List<EndpointConfig> next) {
    return new UpstreamConfig(
        next, discovery, balance, health, outliers, retry, breaker, pool, warm, timeouts, tls,
        wire);
  }
}
