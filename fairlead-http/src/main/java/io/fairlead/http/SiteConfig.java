package io.fairlead.http;

import io.fairlead.core.unit.ByteSize;
import io.fairlead.core.unit.Limit;
import io.fairlead.http.login.LoginConfig;
import io.fairlead.http.login.RouteLogin;
import io.fairlead.http.route.FieldRules;
import io.fairlead.http.route.HostPattern;
import io.fairlead.http.route.Rewrite;
import io.fairlead.http.route.RouteMatch;
import io.fairlead.http.route.Telling;
import io.fairlead.http.route.TrustedProxies;
import io.fairlead.net.http.HttpSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One HTTP service.
 *
 * @param hosts names it answers for; empty means every name
 * @param fallback whether it also answers for other names ({@code default: true})
 * @param routes tried in order
 * @param headers rules for all its routes
 * @param bodyMax bytes of a request body where the route does not say
 * @param trustedProxies peers whose forwarding fields are believed
 * @param settings of new connections
 * @param errorPages by status such as {@code 503}, or class such as {@code 5xx}
 * @param logged whether its requests are in the access log, where there is one
 * @param zones that judge every request a route takes
 * @param bandwidth bytes per second of one connection, in each direction
 * @param telling what upstreams are told besides X-Forwarded-…
 * @param auth whom its routes let in where they do not say; empty for everybody
 */
public record SiteConfig(
    List<HostPattern> hosts,
    boolean fallback,
    List<RouteConfig> routes,
    Headers headers,
    Limit bodyMax,
    TrustedProxies trustedProxies,
    HttpSettings settings,
    Map<String, ErrorPage> errorPages,
    boolean logged,
    List<String> zones,
    Optional<ByteSize> bandwidth,
    Telling telling,
    Optional<LoginConfig> auth) {
  /** Rules for both directions. */
  public record Headers(FieldRules request, FieldRules response) {
    public static final Headers NONE = new Headers(FieldRules.NONE, FieldRules.NONE);
  }

  /**
   * One line of the routing table.
   *
   * @param id names it in diagnostics; {@code #n} when the file gives none
   * @param bodyMax instead of the site's
   * @param zones after the site's
   * @param bandwidth bytes per second of all its requests together, in each direction
   * @param rewrite of the path, after the route was chosen
   * @param mirror where copies go
   * @param login whom it lets in
   */
  public record RouteConfig(
      String id,
      RouteMatch match,
      ActionConfig action,
      Headers headers,
      Optional<Limit> bodyMax,
      List<String> zones,
      Optional<ByteSize> bandwidth,
      Rewrite rewrite,
      Optional<MirrorConfig> mirror,
      RouteLogin login) {
    /** Without a rate, with the path as it is, and no copies. */
    public RouteConfig(
        String id,
        RouteMatch match,
        ActionConfig action,
        Headers headers,
        Optional<Limit> bodyMax,
        List<String> zones) {
      this(
          id,
          match,
          action,
          headers,
          bodyMax,
          zones,
          Optional.empty(),
          Rewrite.NONE,
          Optional.empty(),
          RouteLogin.AS_SITE);
    }
  }

  /** A body for errors: one of a file and a text. */
  public record ErrorPage(Optional<Path> file, Optional<String> body, String contentType) {}

  public SiteConfig {
    hosts = List.copyOf(hosts);
    routes = List.copyOf(routes);
    errorPages = Map.copyOf(errorPages);
    zones = List.copyOf(zones);
  }

  /** Files it names whose content is part of it. */
  List<Path> namedFiles() {
    return Stream.concat(
            auth.stream(), routes.stream().flatMap(route -> route.login().within(auth).stream()))
        .flatMap(login -> login.accounts().usersFile().stream())
        .distinct()
        .toList();
  }

  /** Without a rate. */
  public SiteConfig(
      List<HostPattern> hosts,
      boolean fallback,
      List<RouteConfig> routes,
      Headers headers,
      Limit bodyMax,
      TrustedProxies trustedProxies,
      HttpSettings settings,
      Map<String, ErrorPage> errorPages,
      boolean logged,
      List<String> zones) {
    this(
        hosts,
        fallback,
        routes,
        headers,
        bodyMax,
        trustedProxies,
        settings,
        errorPages,
        logged,
        zones,
        Optional.empty(),
        Telling.DEFAULT,
        Optional.empty());
  }

  /** A site for every host, with the defaults of the configuration. */
  public static SiteConfig of(List<RouteConfig> routes) {
    return new SiteConfig(
        List.of(),
        false,
        routes,
        Headers.NONE,
        HttpSettings.DEFAULTS.bodyMax(),
        TrustedProxies.NOBODY,
        HttpSettings.DEFAULTS,
        Map.of(),
        true,
        List.of());
  }
}
