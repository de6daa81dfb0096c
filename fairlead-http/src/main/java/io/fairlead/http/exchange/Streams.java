package io.fairlead.http.exchange;

import io.fairlead.core.dial.Destination;
import io.fairlead.http.upstream.Cluster;
import io.fairlead.http.upstream.Upstreams;
import io.fairlead.net.listen.DrainDeadline;
import io.netty.channel.Channel;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Upgraded connections, and the route and endpoint each of them goes by. A configuration that has
 * no such route, or no such endpoint, lets them go on for a time and then ends them in order.
 * Thread-safe; as many entries as there are open streams.
 */
public final class Streams {
  private static final Duration END = Duration.ofSeconds(6);

  private final Set<Stream> open = ConcurrentHashMap.newKeySet();

  /** One of them; an identity. */
  static final class Stream {
    private final Channel channel;
    private final String site;
    private final String route;
    private final String cluster;
    private final Destination destination;
    private volatile boolean draining;

    Stream(Channel channel, String site, String route, String cluster, Destination destination) {
      this.channel = channel;
      this.site = site;
      this.route = route;
      this.cluster = cluster;
      this.destination = destination;
    }
  }

  Stream opened(
      Channel channel, Site site, Site.Handling handling, String cluster, Destination to) {
    String route =
        site.routes().entries().stream()
            .filter(entry -> entry.action() == handling)
            .map(entry -> entry.id())
            .findFirst()
            .orElse("");
    Stream stream = new Stream(channel, site.id(), route, cluster, to);
    open.add(stream);
    return stream;
  }

  void closed(Stream stream) {
    open.remove(stream);
  }

  /**
   * Ends, after a time, what the next configuration has no place for.
   *
   * @return how many
   */
  public int retire(Map<String, Site> sites, Upstreams clusters, Duration after) {
    int retired = 0;
    for (Stream stream : open) {
      if (stream.draining || has(stream, sites, clusters)) continue;
      stream.draining = true;
      retired++;
      Channel channel = stream.channel;
      var _ = // a channel that ended by then has no pipeline to tell
          channel
              .eventLoop()
              .schedule(
                  () -> channel.pipeline().fireUserEventTriggered(DrainDeadline.PASSED),
                  after.toNanos(),
                  TimeUnit.NANOSECONDS);
      var _ =
          channel
              .eventLoop()
              .schedule(
                  () -> {
                    var _ = channel.close();
                  },
                  after.plus(END).toNanos(),
                  TimeUnit.NANOSECONDS);
    }
    return retired;
  }

  private static boolean has(Stream stream, Map<String, Site> sites, Upstreams clusters) {
    Site site = sites.get(stream.site);
    if (site == null) return false;
    boolean routed =
        site.routes().entries().stream().anyMatch(entry -> entry.id().equals(stream.route));
    Optional<Cluster> cluster = clusters.find(stream.cluster);
    return routed
        && cluster.isPresent()
        && cluster.get().endpoints().stream()
            .anyMatch(endpoint -> endpoint.destination().equals(stream.destination));
  }
}
