package io.fairlead.app.registry;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Reloadable;
import io.fairlead.http.HttpService;
import io.fairlead.http.UpstreamsConfig;
import io.fairlead.http.upstream.UpstreamConfig;
import io.fairlead.http.upstream.UpstreamConfig.EndpointConfig;
import io.fairlead.http.upstream.UpstreamMembers.Leaving;
import io.fairlead.http.upstream.UpstreamMembers.Member;
import io.fairlead.http.upstream.UpstreamMembers.Overlay;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP service with members that do not stand in the configuration: what is said of an upstream
 * is laid over its configuration, now and at each reload. Thread-safe.
 */
public final class OverlaidUpstreams
    implements Reloadable<HttpService.Config>, PoolMembers.Sayable {
  private static final Logger log = LoggerFactory.getLogger(OverlaidUpstreams.class);

  private final HttpService http;
  // A change at a time: held from prepare to commit or discard, which may be other threads.
  private final Semaphore change = new Semaphore(1);
  private final Map<String, Overlay> overlays = new LinkedHashMap<>(); // guarded by change
  private HttpService.Config written = HttpService.Config.NONE; // guarded by change

  public OverlaidUpstreams(HttpService http) {
    this.http = http;
  }

  @Override
  public Prepared prepare(HttpService.Config next) throws ConfigException {
    change.acquireUninterruptibly();
    try {
      Prepared prepared = http.prepare(overlaid(next));
      return new Prepared() {
        @Override
        public void commit() {
          prepared.commit();
          written = next;
          change.release();
        }

        @Override
        public void discard() {
          prepared.discard();
          change.release();
        }
      };
    } catch (ConfigException | RuntimeException refused) {
      change.release();
      throw refused;
    }
  }

  @Override
  public int say(String source, String upstream, Overlay overlay, Leaving leaving) {
    change.acquireUninterruptibly();
    try {
      Overlay before = overlays.put(upstream, overlay);
      if (!written.upstreams().clusters().containsKey(upstream)) return 0;
      http.prepare(overlaid(written)).commit();
      return before == null ? 0 : left(before, overlay);
    } catch (ConfigException impossible) {
      // The same configuration was prepared before; files it names may be gone since.
      log.atError()
          .addKeyValue("upstream", upstream)
          .addKeyValue("why", impossible.getMessage())
          .log("members could not be set");
      return 0;
    } finally {
      change.release();
    }
  }

  private static int left(Overlay before, Overlay now) {
    Set<EndpointConfig> gone = new HashSet<>();
    for (Member member : before.members()) gone.add(member.endpoint());
    for (Member member : now.members()) gone.remove(member.endpoint());
    return gone.size();
  }

  private HttpService.Config overlaid(HttpService.Config config) {
    if (overlays.isEmpty()) return config;
    Map<String, UpstreamConfig> clusters = new LinkedHashMap<>(config.upstreams().clusters());
    overlays.forEach(
        (id, overlay) -> clusters.computeIfPresent(id, (_, cluster) -> with(cluster, overlay)));
    return new HttpService.Config(config.http(), new UpstreamsConfig(clusters));
  }

  private static UpstreamConfig with(UpstreamConfig cluster, Overlay overlay) {
    List<EndpointConfig> endpoints = new ArrayList<>();
    if (!overlay.alone()) {
      for (EndpointConfig each : cluster.endpoints()) {
        if (!overlay.withheld().contains(each.destination())) endpoints.add(each);
      }
    }
    for (Member member : overlay.members())
      if (!member.draining()) endpoints.add(member.endpoint());
    return new UpstreamConfig(endpoints, cluster.balance(), cluster.timeouts(), cluster.tls());
  }
}
