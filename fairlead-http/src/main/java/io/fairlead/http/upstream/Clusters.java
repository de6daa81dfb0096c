package io.fairlead.http.upstream;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Problem;
import io.fairlead.net.http.ForwardPlan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** All clusters of one configuration. Immutable. */
public final class Clusters {
  private final Map<String, Cluster> byId;

  private Clusters(Map<String, Cluster> byId) {
    this.byId = byId;
  }

  /** No cluster at all. */
  public static Clusters none() {
    return new Clusters(Map.of());
  }

  /** Those of {@code configs}, made of what this one has where that is unchanged. */
  public Clusters next(Map<String, UpstreamConfig> configs, Dials dials) throws ConfigException {
    Map<String, Cluster> next = new LinkedHashMap<>();
    List<Problem> problems = new ArrayList<>();
    for (Map.Entry<String, UpstreamConfig> entry : configs.entrySet()) {
      try {
        next.put(
            entry.getKey(),
            cluster(entry.getKey(), entry.getValue(), byId.get(entry.getKey()), dials));
      } catch (ConfigException failure) {
        for (Problem problem : failure.problems()) {
          problems.add(below("/upstreams/" + entry.getKey(), problem));
        }
      }
    }
    if (!problems.isEmpty()) throw new ConfigException(problems);
    return new Clusters(next);
  }

  public Optional<Cluster> find(String id) {
    return Optional.ofNullable(byId.get(id));
  }

  /** In the order of the configuration. */
  public List<Cluster> all() {
    return List.copyOf(byId.values());
  }

  /** Pools of this configuration that {@code next} has no use for. */
  public Set<ForwardPlan.Key> goneIn(Clusters next) {
    Set<ForwardPlan.Key> gone = keys();
    gone.removeAll(next.keys());
    return gone;
  }

  private Set<ForwardPlan.Key> keys() {
    Set<ForwardPlan.Key> keys = new HashSet<>();
    for (Cluster cluster : byId.values()) {
      for (Endpoint endpoint : cluster.endpoints()) keys.add(endpoint.key());
    }
    return keys;
  }

  private static Cluster cluster(
      String id, UpstreamConfig config, @Nullable Cluster before, Dials dials)
      throws ConfigException {
    boolean secured = config.endpoints().stream().anyMatch(UpstreamConfig.EndpointConfig::secured);
    // Files behind unchanged settings may have changed, so what they hold is read again.
    Optional<Dials.Secured> tls =
        secured ? Optional.of(dials.secured(config.tls())) : Optional.empty();
    if (before != null && !secured && before.config().equals(config)) return before;
    boolean sameTls = before == null || before.config().tls().equals(config.tls());
    int tlsGeneration =
        before == null ? 0 : sameTls ? before.tlsGeneration() : before.tlsGeneration() + 1;
    String partition = tlsGeneration == 0 ? id : id + "@" + tlsGeneration;

    Map<ForwardPlan.Key, Endpoint> known = new HashMap<>();
    if (before != null) {
      for (Endpoint endpoint : before.endpoints()) known.put(endpoint.key(), endpoint);
    }
    List<Endpoint> endpoints = new ArrayList<>();
    for (UpstreamConfig.EndpointConfig endpoint : config.endpoints()) {
      ForwardPlan.Key key =
          new ForwardPlan.Key(
              partition, endpoint.destination(), endpoint.secured() ? "https" : "http");
      Endpoint kept = known.get(key);
      endpoints.add(kept != null ? kept : new Endpoint(key, endpoint.secured()));
    }
    int start = before == null ? 0 : before.position();
    return new Cluster(id, config, tlsGeneration, endpoints, start, tls, dials);
  }

  private static Problem below(String path, Problem problem) {
    return new Problem(
        problem.severity(),
        problem.code(),
        path + problem.path(),
        problem.place(),
        problem.message(),
        problem.hint(),
        problem.notes());
  }
}
