package io.fairlead.http.exchange;

import io.fairlead.core.access.Principal;
import io.fairlead.core.dial.Destination;
import io.fairlead.http.login.SiteAccounts;
import io.fairlead.http.upstream.Cluster;
import io.fairlead.http.upstream.Upstreams;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.net.listen.DrainDeadline;
import io.fairlead.net.live.Severable;
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
    private final Severable work;
    private final String user;
    private final Optional<SiteAccounts> accounts; // that let it in
    private final Runnable uncarry;
    private volatile boolean draining;

    // Seven: what it is, where it goes, and who has it.
    Stream(
        ServerExchange exchange,
        String site,
        String route,
        String cluster,
        Destination destination,
        Principal principal,
        Optional<SiteAccounts> accounts) {
      this.channel = exchange.channel();
      this.work = exchange.work();
      this.user = principal.id();
      this.accounts = accounts;
      // The exchange is over when the stream begins, and with it what it was carried as.
      this.uncarry =
          accounts.isPresent() && principal.entry().isPresent()
              ? exchange.connection().carries(principal.entry().get(), work)
              : () -> {};
      this.site = site;
      this.route = route;
      this.cluster = cluster;
      this.destination = destination;
    }
  }

  Stream opened(
      ServerExchange exchange,
      Site site,
      Site.Handling handling,
      String cluster,
      Destination to,
      Principal principal) {
    String route =
        site.routes().entries().stream()
            .filter(entry -> entry.action() == handling)
            .map(entry -> entry.id())
            .findFirst()
            .orElse("");
    Stream stream =
        new Stream(exchange, site.id(), route, cluster, to, principal, handling.accounts());
    open.add(stream);
    return stream;
  }

  void closed(Stream stream) {
    open.remove(stream);
    stream.uncarry.run();
  }

  /**
   * Ends, after a time, what the next configuration has no place for, and at once what its accounts
   * would not let in.
   *
   * @return how many
   */
  public int retire(Map<String, Site> sites, Upstreams clusters, Duration after) {
    int retired = 0;
    for (Stream stream : open) {
      if (!stillLetIn(stream, sites)) {
        stream.work.cut("auth_failed");
        retired++;
        continue;
      }
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

  private static boolean stillLetIn(Stream stream, Map<String, Site> sites) {
    Site site = sites.get(stream.site);
    if (site == null) return true; // it drains
    return site.routes().entries().stream()
        .filter(entry -> entry.id().equals(stream.route))
        .flatMap(entry -> entry.action().accounts().stream())
        .allMatch(accounts -> accounts.stillKnow(stream.user, stream.accounts));
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
