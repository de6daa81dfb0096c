package io.fairlead.http.exchange;

import io.fairlead.core.unit.ByteSize;
import io.fairlead.core.unit.Limit;
import io.fairlead.http.login.SiteAccounts;
import io.fairlead.http.rate.Zone;
import io.fairlead.http.route.FieldRules;
import io.fairlead.http.route.HostPattern;
import io.fairlead.http.route.Rewrite;
import io.fairlead.http.route.RouteTable;
import io.fairlead.http.route.Telling;
import io.fairlead.http.route.Template;
import io.fairlead.http.route.TrustedProxies;
import io.fairlead.net.http.HttpSettings;
import io.fairlead.net.rate.Pace;
import java.util.List;
import java.util.Optional;

/**
 * One HTTP service, compiled. Immutable; every request reads it once at its start.
 *
 * @param hosts names it answers for; empty means all
 * @param fallback whether it also answers for names that are not its own
 * @param settings of its connections, fixed when they are accepted
 * @param errorPages bodies of our own errors
 * @param logged whether its requests are in the access log, where there is one
 * @param bandwidth of one connection, in each direction
 * @param telling what upstreams are told besides X-Forwarded-…
 */
public record Site(
    String id,
    List<HostPattern> hosts,
    boolean fallback,
    RouteTable<Handling> routes,
    TrustedProxies trusted,
    HttpSettings settings,
    ErrorPages errorPages,
    boolean logged,
    Optional<ByteSize> bandwidth,
    Telling telling) {
  /**
   * A route's action and what goes with it.
   *
   * @param request changes to the request sent upstream
   * @param host {@code Host} to send upstream instead of the client's
   * @param response changes to the response
   * @param bodyMax of a request
   * @param zones that all have to let a request through, in this order
   * @param pace of all its requests together
   * @param rewrite of the path, for all that the action does with it
   * @param mirror takes copies of requests
   * @param accounts whom it lets in; empty for everybody
   */
  public record Handling(
      RouteAction action,
      FieldRules request,
      Optional<Template> host,
      FieldRules response,
      Limit bodyMax,
      List<Zone> zones,
      Pace pace,
      Rewrite rewrite,
      Optional<Mirror> mirror,
      Optional<SiteAccounts> accounts) {}

  public Site {
    hosts = List.copyOf(hosts);
  }

  /** Whether it answers for that name, lower case and without port. */
  public boolean takesHost(String host) {
    return answersFor(host);
  }

  /** Whatever the request says. */
  boolean answersForAll() {
    return fallback || hosts.isEmpty();
  }

  boolean answersFor(String host) {
    if (answersForAll()) return true;
    for (int i = 0; i < hosts.size(); i++) {
      if (hosts.get(i).matches(host)) return true;
    }
    return false;
  }
}
