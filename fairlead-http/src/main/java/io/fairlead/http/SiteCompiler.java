package io.fairlead.http;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Problem;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Limit;
import io.fairlead.http.SiteConfig.RouteConfig;
import io.fairlead.http.exchange.ErrorPages;
import io.fairlead.http.exchange.Mirror;
import io.fairlead.http.exchange.RouteAction;
import io.fairlead.http.exchange.Site;
import io.fairlead.http.exchange.TimeoutOverrides;
import io.fairlead.http.files.FileResponder;
import io.fairlead.http.files.FilesConfig;
import io.fairlead.http.login.LoginConfig;
import io.fairlead.http.login.RouteLogin;
import io.fairlead.http.login.SiteAccounts;
import io.fairlead.http.login.SiteLogins;
import io.fairlead.http.rate.Zones;
import io.fairlead.http.route.FieldRules;
import io.fairlead.http.route.RouteTable;
import io.fairlead.http.route.Template;
import io.fairlead.http.upstream.Cluster;
import io.fairlead.http.upstream.Upstreams;
import io.fairlead.net.http.HttpSettings;
import io.fairlead.net.rate.Pace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** Turns a site's configuration into the snapshot requests read. Touches the file system. */
final class SiteCompiler {
  private static final long ERROR_PAGE_MAX = 1 << 20;

  private final Upstreams.Draft clusters;
  private final Zones.Draft zones;
  private final Clock clock;
  private final Randomness randomness;
  private final Mirror.MirrorMeters mirrorMeters;
  private final SiteLogins.Reading logins;

  SiteCompiler(
      Upstreams.Draft clusters,
      Zones.Draft zones,
      Clock clock,
      Randomness randomness,
      Mirror.MirrorMeters mirrorMeters,
      SiteLogins.Reading logins) {
    this.logins = logins;
    this.mirrorMeters = mirrorMeters;
    this.zones = zones;
    this.randomness = randomness;
    this.clusters = clusters;
    this.clock = clock;
  }

  Site compile(String id, SiteConfig config) throws ConfigException {
    List<RouteTable.Entry<Site.Handling>> entries = new ArrayList<>();
    List<Problem> problems = new ArrayList<>();
    for (int i = 0; i < config.routes().size(); i++) {
      RouteConfig route = config.routes().get(i);
      try {
        entries.add(
            new RouteTable.Entry<>(
                route.id(), route.match(), handling(config, route, "/http/" + id, "/routes/" + i)));
      } catch (ConfigException failure) {
        problems.addAll(failure.problems());
      }
    }
    if (!problems.isEmpty()) throw new ConfigException(problems);
    return new Site(
        id,
        config.hosts(),
        config.fallback(),
        new RouteTable<>(entries),
        config.trustedProxies(),
        withoutBodyMax(config.settings())
            .withHttp2(config.settings().http2().withExtendedConnect(webSockets(config))),
        errorPages(config.errorPages(), "/http/" + id + "/error_pages/"),
        config.logged(),
        config.bandwidth(),
        config.telling());
  }

  private static boolean webSockets(SiteConfig site) {
    return site.routes().stream()
        .anyMatch(
            route ->
                route.action() instanceof ActionConfig.ToUpstream(_, boolean websocket, _)
                    && websocket);
  }

  private Site.Handling handling(
      SiteConfig site, RouteConfig route, String sitePath, String routePath)
      throws ConfigException {
    String path = sitePath + routePath;
    FieldRules request = site.headers().request().refinedBy(route.headers().request());
    Optional<Template> host = Optional.empty();
    for (FieldRules.Rule rule : request.set()) {
      if (rule.name().equalsIgnoreCase("host")) host = Optional.of(rule.value());
    }
    return new Site.Handling(
        action(route.action(), path),
        withoutHost(request),
        host,
        site.headers().response().refinedBy(route.headers().response()),
        route.bodyMax().orElse(site.bodyMax()),
        Stream.concat(site.zones().stream(), route.zones().stream())
            .distinct()
            .map(id -> zones.find(id).orElseThrow()) // the reader has seen that it is there
            .toList(),
        Pace.of(route.bandwidth(), clock),
        route.rewrite(),
        mirror(route, path),
        accounts(site, route, sitePath, path));
  }

  private Optional<SiteAccounts> accounts(
      SiteConfig site, RouteConfig route, String sitePath, String path) throws ConfigException {
    Optional<LoginConfig> login = route.login().within(site.auth());
    if (login.isEmpty()) return Optional.empty();
    String said = route.login() instanceof RouteLogin.Own ? path : sitePath;
    return Optional.of(logins.open(login.get(), said + "/auth"));
  }

  private Optional<Mirror> mirror(RouteConfig route, String path) throws ConfigException {
    if (route.mirror().isEmpty()) return Optional.empty();
    MirrorConfig config = route.mirror().get();
    return Optional.of(
        new Mirror(
            cluster(config.upstream(), path + "/mirror"),
            config.percent(),
            config.bodyMax(),
            config.atOnce(),
            randomness,
            mirrorMeters));
  }

  private RouteAction action(ActionConfig action, String path) throws ConfigException {
    return switch (action) {
      case ActionConfig.ToUpstream(String upstream, boolean websocket, TimeoutOverrides timeouts) ->
          new RouteAction.ProxyTo(cluster(upstream, path), websocket, timeouts);
      case ActionConfig.ToFiles(FilesConfig files) -> {
        if (!Files.isDirectory(files.root()) || !Files.isReadable(files.root())) {
          throw new ConfigException(
              Problem.error(
                  HttpCodes.NO_ROOT.id(),
                  path + "/files/root",
                  Problem.Place.NOWHERE,
                  "not a readable directory: " + files.root(),
                  "create it, or correct the path"));
        }
        yield new RouteAction.ServeFiles(
            new FileResponder(files, clock, randomness), files.fallbacks().passOn());
      }
      case ActionConfig.Respond(int status, String type, Optional<Template> body, FieldRules f) ->
          new RouteAction.Respond(status, type, body, f);
      case ActionConfig.TryPaths(List<Template> paths, OptionalInt status) ->
          new RouteAction.TryPaths(paths, status);
      case ActionConfig.Redirect(int status, Template to) -> new RouteAction.Redirect(status, to);
    };
  }

  private static ErrorPages errorPages(Map<String, SiteConfig.ErrorPage> pages, String path)
      throws ConfigException {
    Map<Integer, ErrorPages.Page> compiled = new HashMap<>();
    for (Map.Entry<String, SiteConfig.ErrorPage> entry : pages.entrySet()) {
      String key = entry.getKey();
      // A class of statuses is kept under its first digit.
      int status = Integer.parseInt(key.endsWith("xx") ? key.substring(0, 1) : key);
      compiled.put(status, page(entry.getValue(), path + key));
    }
    return new ErrorPages(compiled);
  }

  private static ErrorPages.Page page(SiteConfig.ErrorPage page, String path)
      throws ConfigException {
    if (page.file().isEmpty()) {
      return new ErrorPages.Page(
          page.contentType(), page.body().orElse("").getBytes(StandardCharsets.UTF_8));
    }
    Path file = page.file().get();
    try {
      if (Files.size(file) > ERROR_PAGE_MAX) throw new IOException("more than 1 MiB");
      return new ErrorPages.Page(page.contentType(), Files.readAllBytes(file));
    } catch (IOException unreadable) {
      throw new ConfigException(
          Problem.error(
              HttpCodes.NO_PAGE.id(),
              path + "/file",
              Problem.Place.NOWHERE,
              "cannot be read: " + file + " (" + unreadable.getMessage() + ")",
              "create it, or correct the path"));
    }
  }

  private Cluster cluster(String upstream, String path) throws ConfigException {
    Optional<Cluster> cluster = clusters.find(upstream);
    if (cluster.isPresent()) return cluster.get();
    throw new ConfigException(
        Problem.error(
            Codes.DANGLING.id(),
            path + "/upstream",
            Problem.Place.NOWHERE,
            "there is no upstream `" + upstream + "`",
            "known: " + String.join(", ", clusters.all().stream().map(Cluster::id).toList())));
  }

  private static FieldRules withoutHost(FieldRules rules) {
    return new FieldRules(
        rules.remove(),
        rules.set().stream().filter(rule -> !rule.name().equalsIgnoreCase("host")).toList(),
        rules.defaults(),
        rules.add());
  }

  /** A body is measured against its route's bound, which may change while a connection lives. */
  private static HttpSettings withoutBodyMax(HttpSettings settings) {
    return settings.withBodyMax(Limit.OFF);
  }
}
