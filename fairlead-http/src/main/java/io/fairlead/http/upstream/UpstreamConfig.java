package io.fairlead.http.upstream;

import io.fairlead.core.dial.Destination;
import io.fairlead.net.http.ForwardPlan;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One cluster as the configuration describes it.
 *
 * @param endpoints may be empty: every request is then answered 503
 * @param tls how endpoints with an {@code https} URL are verified
 * @param wire which version of HTTP they are spoken to with
 */
public record UpstreamConfig(
    List<EndpointConfig> endpoints,
    Balance balance,
    ForwardPlan.Timeouts timeouts,
    TlsConfig tls,
    ForwardPlan.Wire wire) {
  /** What TLS agrees on, HTTP/1.1 without TLS. */
  public static final ForwardPlan.Wire WIRE =
      new ForwardPlan.Wire(ForwardPlan.Protocol.AUTO, false, Set.of());

  /** How the next endpoint is chosen. */
  public enum Balance {
    /** In turn, in proportion to the weights, spread as evenly as possible. */
    ROUND_ROBIN
  }

  /**
   * One server.
   *
   * @param destination where it is dialled
   * @param secured whether TLS is spoken
   * @param weight 1–1000; its share of the requests
   */
  public record EndpointConfig(Destination destination, boolean secured, int weight) {
    public static final int WEIGHT_MAX = 1000;
    public static final int WEIGHT_DEFAULT = 100;

    public EndpointConfig {
      if (weight < 1 || weight > WEIGHT_MAX) {
        throw new IllegalArgumentException("weight: " + weight + " (expected: 1-1000)");
      }
    }
  }

  /**
   * Verification of TLS endpoints.
   *
   * @param insecureSkipVerify accepts any certificate; warned about at every load
   * @param ca PEM file of the authorities to trust instead of the system's
   * @param serverName name to ask for and to verify instead of the endpoint's host
   */
  public record TlsConfig(
      boolean insecureSkipVerify, Optional<Path> ca, Optional<String> serverName) {
    public static final TlsConfig DEFAULTS =
        new TlsConfig(false, Optional.empty(), Optional.empty());
  }

  public UpstreamConfig {
    endpoints = List.copyOf(endpoints);
  }

  /** Servers spoken to as TLS agrees. */
  public UpstreamConfig(
      List<EndpointConfig> endpoints,
      Balance balance,
      ForwardPlan.Timeouts timeouts,
      TlsConfig tls) {
    this(endpoints, balance, timeouts, tls, WIRE);
  }

  /** A cluster of plain endpoints of equal weight, with the defaults of the configuration. */
  public static UpstreamConfig of(List<Destination> destinations) {
    return new UpstreamConfig(
        destinations.stream()
            .map(d -> new EndpointConfig(d, false, EndpointConfig.WEIGHT_DEFAULT))
            .toList(),
        Balance.ROUND_ROBIN,
        ForwardPlan.Timeouts.DEFAULTS,
        TlsConfig.DEFAULTS);
  }
}
