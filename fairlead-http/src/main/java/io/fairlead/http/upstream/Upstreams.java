package io.fairlead.http.upstream;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Problem;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.http.health.Tally;
import io.fairlead.net.http.ForwardPlan;
import io.fairlead.net.http.PoolSettings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All clusters: those of the running configuration, who their members are, and the upkeep of their
 * health. Thread-safe; changes hold its lock, requests never do.
 */
public final class Upstreams implements UpstreamMembers, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Upstreams.class);

  private final Dials dials;
  private final EventBus events;
  private final Clock clock;
  private final Randomness randomness;
  private final Stickiness stickiness;
  private final UpstreamMeters meters;
  private final Upkeep upkeep;
  private volatile Map<String, Cluster> byId = Map.of();

  // Guarded by this. What was said about upstreams outlives their configuration.
  private final Map<String, Membership> said = new LinkedHashMap<>();

  public Upstreams(
      Dials dials, EventBus events, Meters meters, Clock clock, Randomness randomness) {
    this.dials = dials;
    this.events = events;
    this.clock = clock;
    this.randomness = randomness;
    this.stickiness = new Stickiness(randomness.secureBytes(32));
    this.meters = new UpstreamMeters(meters, this::all);
    this.upkeep = new Upkeep(this::all, this::found, dials, this.meters, clock, randomness);
  }

  public Optional<Cluster> find(String id) {
    return Optional.ofNullable(byId.get(id));
  }

  /** In the order of the configuration. */
  public Collection<Cluster> all() {
    return byId.values();
  }

  /** The state of every upstream, for reports. */
  public List<UpstreamReport> report() {
    return all().stream().map(cluster -> UpstreamReport.of(cluster, clock)).toList();
  }

  // ---- configuration -----------------------------------------------------------------------

  /** Clusters of a configuration that may come. */
  public final class Draft {
    private final Map<String, Cluster.Settings> settings = new LinkedHashMap<>();
    private final Map<String, Cluster> clusters = new LinkedHashMap<>();

    public Optional<Cluster> find(String id) {
      return Optional.ofNullable(clusters.get(id));
    }

    public Collection<Cluster> all() {
      return clusters.values();
    }

    /** Makes it hold. */
    public void commit() {
      adopt(this);
    }
  }

  /**
   * Loads what the clusters of a configuration need; changes nothing.
   *
   * @throws ConfigException files cannot be read
   */
  public Draft prepare(Map<String, UpstreamConfig> configs) throws ConfigException {
    Draft draft = new Draft();
    List<Problem> problems = new ArrayList<>();
    for (Map.Entry<String, UpstreamConfig> entry : configs.entrySet()) {
      String id = entry.getKey();
      Cluster before = byId.get(id);
      try {
        Cluster.Settings settings = settings(id, entry.getValue(), before);
        draft.settings.put(id, settings);
        draft.clusters.put(
            id,
            before != null
                ? before
                : new Cluster(id, settings, dials, stickiness, new News(), clock, randomness));
      } catch (ConfigException failure) {
        for (Problem problem : failure.problems()) problems.add(below("/upstreams/" + id, problem));
      }
    }
    if (!problems.isEmpty()) throw new ConfigException(problems);
    return draft;
  }

  private Cluster.Settings settings(String id, UpstreamConfig config, @Nullable Cluster before)
      throws ConfigException {
    // Files behind unchanged settings may have changed, so what they hold is read again. Members
    // from elsewhere may speak TLS although no configured endpoint does.
    boolean named =
        !config.tls().equals(UpstreamConfig.TlsConfig.DEFAULTS)
            || config.endpoints().stream().anyMatch(UpstreamConfig.EndpointConfig::secured);
    Dials.Secured tls = named ? dials.secured(id, config.tls()) : whenUsed(id);
    // Connections that began otherwise must not serve what comes now.
    boolean same =
        before == null
            || (before.config().tls().equals(config.tls())
                && before.wire().announces().equals(config.wire().announces()));
    int generation = before == null ? 0 : before.settings().generation() + (same ? 0 : 1);
    String partition = generation == 0 ? id : id + "@" + generation;
    return new Cluster.Settings(config, tls, generation, partition);
  }

  /** Most upstreams never need TLS; loading it costs milliseconds and memory each time. */
  private Dials.Secured whenUsed(String id) {
    AtomicReference<Dials.@Nullable Secured> loaded = new AtomicReference<>();
    return (loop, serverName, protocol, preface) -> {
      Dials.Secured tls = loaded.get();
      if (tls == null) {
        try {
          tls = dials.secured(id, UpstreamConfig.TlsConfig.DEFAULTS);
        } catch (ConfigException failure) {
          throw new IllegalStateException("TLS without files cannot be set up", failure);
        }
        loaded.set(tls);
      }
      return tls.on(loop, serverName, protocol, preface);
    };
  }

  private synchronized void adopt(Draft draft) {
    Set<ForwardPlan.Key> gone = new HashSet<>();
    Map<String, Cluster> removed = new LinkedHashMap<>(byId);
    removed.keySet().removeAll(draft.clusters.keySet());
    for (Cluster cluster : removed.values()) {
      cluster.endpoints().forEach(endpoint -> gone.add(endpoint.key()));
    }
    for (Cluster cluster : byId.values()) {
      String partition = cluster.settings().partition();
      dials.tune(partition, PoolSettings.DEFAULTS); // those that stay say theirs below
    }
    draft.clusters.forEach(
        (id, cluster) -> {
          Cluster.Settings settings =
              java.util.Objects.requireNonNull(draft.settings.get(id), "settings of a cluster");
          dials.tune(settings.partition(), settings.config().pool());
          Membership members =
              said.getOrDefault(id, Membership.NONE).configured(settings.config().endpoints());
          if (settings.config().discovery().isEmpty()) members = members.discovered(List.of());
          said.put(id, members);
          gone.addAll(cluster.adopt(settings, members));
        });
    byId = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(draft.clusters));
    if (!gone.isEmpty()) dials.retire(gone::contains);
    draft.clusters.values().forEach(this::warm);
    meters.follow();
    upkeep.lookAgain();
  }

  private void warm(Cluster cluster) {
    int count = cluster.config().warm();
    if (count == 0 || cluster.wire().announces().isPresent()) return; // nobody to announce yet
    for (Endpoint endpoint : cluster.endpoints()) {
      dials.warm(endpoint.key(), count, loop -> cluster.dialer(endpoint, loop, Optional.empty()));
    }
  }

  // ---- members -----------------------------------------------------------------------------

  @Override
  public synchronized int say(String source, String upstream, Overlay overlay, Leaving leaving) {
    Membership members = said.getOrDefault(upstream, Membership.NONE).said(source, overlay);
    return enroll(upstream, members, leaving);
  }

  @Override
  public synchronized boolean administer(
      String upstream, String endpoint, Optional<Admin> admin, Optional<Integer> weight) {
    Cluster cluster = byId.get(upstream);
    Membership members = said.get(upstream);
    if (cluster == null || members == null) return false;
    for (Endpoint member : cluster.endpoints()) {
      if (!member.name().equals(endpoint) && !member.toString().equals(endpoint)) continue;
      Membership.Wish before =
          members.wishes().getOrDefault(member.identity(), Membership.Wish.NONE);
      Membership.Wish wish =
          new Membership.Wish(admin.orElse(before.admin()), weight.or(before::weight));
      enroll(upstream, members.wished(member.identity(), wish), Leaving.IN_PEACE);
      return true;
    }
    return false;
  }

  /** Discovery found these. */
  private synchronized void found(Cluster cluster, List<UpstreamConfig.EndpointConfig> hosts) {
    Membership members = said.get(cluster.id());
    if (members == null || members.discovered().equals(hosts)) return;
    if (byId.get(cluster.id()) != cluster) return;
    enroll(cluster.id(), members.discovered(hosts), Leaving.IN_PEACE);
  }

  private int enroll(String upstream, Membership members, Leaving leaving) {
    said.put(upstream, members);
    Cluster cluster = byId.get(upstream);
    if (cluster == null) return 0;
    List<Endpoint> left = cluster.enroll(members);
    Set<ForwardPlan.Key> gone = new HashSet<>();
    left.forEach(endpoint -> gone.add(endpoint.key()));
    if (!gone.isEmpty()) {
      switch (leaving) {
        case IN_PEACE -> dials.retire(gone::contains);
        case AT_ONCE -> {
          left.forEach(Endpoint::forbid); // first: a dial that completes now finds it
          dials.cut(gone::contains);
          left.forEach(endpoint -> endpoint.cutStreams("removed"));
        }
      }
    }
    meters.follow();
    upkeep.lookAgain();
    return left.size();
  }

  @Override
  public void close() {
    upkeep.close();
    dials.retire(_ -> true);
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

  /** Tells the log, the events, the figures and the upkeep. */
  private final class News implements HealthNews {
    @Override
    public void changed(Change change) {
      log.atInfo()
          .addKeyValue("upstream", change.upstream())
          .addKeyValue("endpoint", change.endpoint().name())
          .addKeyValue("from", change.from().word())
          .addKeyValue("to", change.to().word())
          .addKeyValue("reason", change.reason())
          .log("endpoint changed");
      events.publish(
          new GatewayEvent.EndpointChanged(
              clock.wall(),
              change.upstream(),
              change.endpoint().name(),
              change.from().word(),
              change.to().word(),
              change.reason()));
    }

    @Override
    public void suspect(Cluster cluster, Endpoint endpoint, Tally.Suspicion suspicion) {
      upkeep.suspect(cluster, endpoint, suspicion);
    }

    @Override
    public void ejected() {
      meters.ejected();
    }
  }
}
