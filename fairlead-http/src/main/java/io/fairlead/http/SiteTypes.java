package io.fairlead.http;

import io.fairlead.core.config.Checks;
import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.core.config.Values;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.http.SiteConfig.RouteConfig;
import io.fairlead.http.login.LoginConfig;
import io.fairlead.http.route.RouteTable;
import io.fairlead.http.route.Telling;
import io.fairlead.http.route.TrustedProxies;
import io.fairlead.net.http.Http2LimitsType;
import io.fairlead.net.http.HttpBounds;
import io.fairlead.net.http.HttpBoundsTypes;
import io.fairlead.net.http.HttpSettings;
import io.fairlead.net.http.HttpTimes;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How HTTP services are read. */
final class SiteTypes {
  private record Limits(HttpBounds bounds, List<String> zones, Optional<ByteSize> bandwidth) {}

  private record Timeouts(Duration head, Duration first, HttpTimes rest) {}

  private static final HttpSettings DEFAULTS = HttpSettings.DEFAULTS;

  private static final RecordType<Limits> LIMITS =
      RecordType.define(
          "SiteLimits",
          "bounds of requests; those of heads hold for new connections",
          ReloadClass.LIVE,
          f -> {
            var bounds = f.flattened(HttpBoundsTypes.BOUNDS);
            var zone =
                f.key(
                        "zone",
                        RouteTypes.zones(),
                        "Rates that every request of a route has to keep.")
                    .orElse(List.of());
            var bandwidth =
                f.key(
                        "bandwidth",
                        RouteTypes.byteRate(),
                        "Bytes of bodies per second of one connection, in each direction.")
                    .example("1MiB/s")
                    .orElse(Optional.empty());
            return v -> new Limits(v.get(bounds), RouteTypes.ids(v.get(zone)), v.get(bandwidth));
          });

  private static final RecordType<Timeouts> TIMEOUTS =
      RecordType.define(
          "SiteTimeouts",
          "how long a client may take; for new connections",
          ReloadClass.LIVE,
          f -> {
            var head =
                f.key("header", time(), "For a whole head; longer is 408.")
                    .orElse(DEFAULTS.headTimeout());
            var first =
                f.key("first_request", time(), "From connecting to the first byte.")
                    .orElse(DEFAULTS.firstRequestTimeout());
            var rest = f.flattened(HttpBoundsTypes.TIMES);
            return v -> new Timeouts(v.get(head), v.get(first), v.get(rest));
          });

  private static final RecordType<SiteConfig.ErrorPage> ERROR_PAGE =
      RecordType.define(
          "ErrorPage",
          "a body for an error",
          ReloadClass.LIVE,
          f -> {
            var file =
                f.key("file", Types.path(), "File of up to 1 MiB, read when the configuration is.")
                    .optional();
            var body = f.key("body", Types.string(), "Text of the body.").optional();
            var type =
                f.key(
                        "content_type",
                        Types.string().matching("[\\x20-\\x7e]+", "a media type"),
                        "Media type of the body.")
                    .orElse("text/html; charset=utf-8");
            f.exactlyOneOf(file, body);
            return v -> new SiteConfig.ErrorPage(v.get(file), v.get(body), v.get(type));
          });

  static final RecordType<SiteConfig> SITE =
      RecordType.define(
          "Site",
          "an HTTP service: hosts and routes",
          ReloadClass.LIVE,
          f -> {
            var hosts =
                f.key(
                        "hosts",
                        Types.listOf(RouteTypes.HOST).orSingle(),
                        "Names it answers for, without port; `*.name` for the names below one."
                            + " Without any, it answers for every name. Other names get 404, over"
                            + " TLS 421.")
                    .example("[app.example.org, \"*.app.example.org\"]")
                    .orElse(List.of());
            var fallback =
                f.key("default", Types.bool(), "Answers for names that are not in `hosts`, too.")
                    .orElse(false);
            Field<List<RouteConfig>> routes =
                f.key(
                        "routes",
                        Types.listOf(RouteTypes.ROUTE),
                        "Tried in order; the first that matches takes the request.")
                    .required();
            var headers =
                f.key("headers", RouteTypes.HEADERS, "Changes to fields, for all routes.")
                    .orElse(RouteTypes.HEADERS.defaults());
            var limits = f.key("limits", LIMITS, "Bounds of requests.").orElse(LIMITS.defaults());
            var timeouts =
                f.key("timeouts", TIMEOUTS, "How long a client may take.")
                    .orElse(TIMEOUTS.defaults());
            var http2 =
                f.key("http2", Http2LimitsType.TYPE, "Bounds of HTTP/2 connections.")
                    .orElse(Http2LimitsType.TYPE.defaults());
            var trusted =
                f.key(
                        "trusted_proxies",
                        Types.listOf(Types.cidr()),
                        "Peers whose X-Forwarded-… and X-Request-Id are believed; from all others"
                            + " they are discarded.")
                    .orElse(List.of());
            var underscores =
                f.key(
                        "underscore_headers",
                        Types.choice(HttpSettings.Underscore.class),
                        "What happens to fields with `_` in the name, which some servers mistake"
                            + " for `-`.")
                    .orElse(DEFAULTS.underscoreFields());
            var strict =
                f.key(
                        "strict_authority",
                        Types.bool(),
                        "Refuses a request whose absolute target and Host differ, instead of"
                            + " believing the target.")
                    .orElse(false);
            var pages =
                f.key(
                        "error_pages",
                        Types.freeMapOf(ERROR_PAGE),
                        "Bodies of errors the gateway answers itself, by status (`503`) or class"
                            + " (`5xx`). Answers of upstreams stay as they are.")
                    .example("{ 503: { file: ./busy.html }, 4xx: { body: \"no\" } }")
                    .orElse(Map.of());
            var logged =
                f.key(
                        "access_log",
                        Types.bool(),
                        "Whether its requests are in the access log, where `logs.access` keeps"
                            + " one.")
                    .orElse(true);
            var trace =
                f.key(
                        "trace",
                        Types.choice(Telling.Trace.class),
                        "What becomes of the trace context (W3C `traceparent`): `auto` is"
                            + " `continue` while `telemetry.tracing` is enabled and `pass`"
                            + " elsewhere, `pass` leaves it as it came, `continue` makes the"
                            + " gateway a part of the trace and begins one where there is none,"
                            + " `restart` does so for trusted_proxies and begins a new one for all"
                            + " others.")
                    .orElse(Telling.DEFAULT.trace());
            var forwarded =
                f.key(
                        "forwarded",
                        Types.bool(),
                        "Tells upstreams who asked in `Forwarded` (RFC 7239), too.")
                    .orElse(false);
            var auth =
                f.key(
                        "auth",
                        LoginConfig.TYPE,
                        "Who may ask, by name and password (Basic), where a route does not say.")
                    .optional();
            f.check((v, checks) -> checkPages(v, v.get(pages), checks));
            f.check((v, checks) -> checkRoutes(v, v.get(routes), checks));
            return v -> {
              HttpBounds limit = v.get(limits).bounds();
              Timeouts time = v.get(timeouts);
              return new SiteConfig(
                  v.get(hosts),
                  v.get(fallback),
                  v.get(routes),
                  v.get(headers),
                  limit.body(),
                  new TrustedProxies(v.get(trusted)),
                  new HttpSettings(
                      limit.line(),
                      limit.head(),
                      limit.field(),
                      limit.fields(),
                      time.head(),
                      time.first(),
                      time.rest().keepAlive(),
                      time.rest().bodyIdle(),
                      limit.body(),
                      time.rest().writeStall(),
                      limit.requests(),
                      limit.pace(),
                      false,
                      v.get(underscores),
                      v.get(strict),
                      List.of(),
                      v.get(http2),
                      limit.chunks()),
                  v.get(pages),
                  v.get(logged),
                  v.get(limits).zones(),
                  v.get(limits).bandwidth(),
                  new Telling(v.get(trace), v.get(forwarded)),
                  v.get(auth));
            };
          });

  private SiteTypes() {}

  private static void checkPages(
      Values values, Map<String, SiteConfig.ErrorPage> pages, Checks checks) {
    for (String key : pages.keySet()) {
      if (!key.matches("[45](xx|[0-9][0-9])")) {
        checks.errorAt(
            values.path() + "/error_pages/" + key,
            Codes.OUT_OF_RANGE,
            "`" + key + "` is neither an error status nor a class of them",
            "write 400-599, 4xx or 5xx");
      }
    }
  }

  private static void checkRoutes(Values values, List<RouteConfig> routes, Checks checks) {
    Map<String, Integer> seen = new HashMap<>();
    for (int i = 0; i < routes.size(); i++) {
      Integer first = seen.putIfAbsent(routes.get(i).id(), i);
      if (first != null) {
        checks.errorAt(
            values.path() + "/routes/" + i + "/id",
            HttpCodes.SAME_ROUTE_ID,
            "route " + (first + 1) + " has the id `" + routes.get(i).id() + "`, too",
            "give each route its own");
      }
    }
    for (RouteTable.Shadow shadow :
        RouteTable.shadows(
            routes.stream().map(RouteConfig::match).toList(),
            index -> keepsAll(routes.get(index).action()))) {
      String later = routes.get(shadow.index()).id();
      String earlier = routes.get(shadow.shadowedBy()).id();
      checks.errorAt(
          values.path() + "/routes/" + shadow.index(),
          HttpCodes.UNREACHABLE,
          "route `" + later + "` is never reached: `" + earlier + "` takes all its requests",
          "move `" + later + "` before `" + earlier + "`, or remove it");
    }
  }

  /** Whether what a route takes never comes to a later one. */
  private static boolean keepsAll(ActionConfig action) {
    return switch (action) {
      case ActionConfig.ToFiles(var files) -> !files.fallbacks().passOn();
      case ActionConfig.TryPaths _ -> false;
      case ActionConfig.ToUpstream _, ActionConfig.Respond _, ActionConfig.Redirect _ -> true;
    };
  }

  private static ConfigType<Duration> time() {
    return Types.timeLimit(Duration.ofMillis(1));
  }
}
