package io.fairlead.http;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.fairlead.core.config.Checks;
import io.fairlead.core.config.Code;
import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Reference;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.core.unit.Limit;
import io.fairlead.http.SiteConfig.Headers;
import io.fairlead.http.SiteConfig.RouteConfig;
import io.fairlead.http.login.LoginConfig;
import io.fairlead.http.login.RouteLogin;
import io.fairlead.http.route.FieldRules;
import io.fairlead.http.route.Glob;
import io.fairlead.http.route.HostPattern;
import io.fairlead.http.route.PathPattern;
import io.fairlead.http.route.Rewrite;
import io.fairlead.http.route.RouteMatch;
import io.fairlead.http.route.Template;
import io.fairlead.net.http.HttpBoundsTypes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** How routes and what stands in them are read. */
final class RouteTypes {
  static final ConfigType<HostPattern> HOST =
      text(HttpCodes.BAD_HOST, HostPattern::parse, HostPattern::toString);

  static final ConfigType<Template> TEMPLATE =
      text(HttpCodes.BAD_TEMPLATE, RouteTypes::lineTemplate, Template::toString);

  static final ConfigType<Glob> GLOB = text(HttpCodes.BAD_PATTERN, Glob::of, Glob::toString);

  private static final ConfigType<Glob> TEXT_GLOB =
      text(HttpCodes.BAD_PATTERN, Glob::ofText, Glob::toString);

  static final ConfigType<Pattern> REGULAR =
      text(HttpCodes.BAD_REGEX, RouteTypes::compiled, Pattern::pattern);

  private static final RecordType<PathPattern> REGEX =
      RecordType.define(
          "PathRegex",
          "a regular expression for paths",
          ReloadClass.LIVE,
          f -> {
            var regex =
                f.key(
                        "regex",
                        REGULAR,
                        "RE2 syntax, found anywhere in the path unless anchored with ^ and $.")
                    .required();
            return v -> new PathPattern.Expression(v.get(regex));
          });

  private static final ConfigType<PathPattern> PATH =
      Types.firstScalar(
          text(HttpCodes.BAD_PATTERN, PathPattern::parse, PathPattern::toString), REGEX);

  static final RecordType<RouteMatch> MATCH =
      RecordType.define(
          "Match",
          "conditions of a route, all of which must hold",
          ReloadClass.LIVE,
          f -> {
            var host =
                f.key(
                        "host",
                        Types.listOf(HOST).orSingle(),
                        "Names, or `*.name` for the names below one.")
                    .orElse(List.of());
            var path =
                f.key(
                        "path",
                        PATH,
                        "A path; everything below a directory when it ends in `/*`; a glob when"
                            + " `*`, `**` or `?` stands elsewhere; `{regex: …}` for the rest.")
                    .example("/api/*")
                    .optional();
            var method =
                f.key("method", Types.listOf(method()).orSingle(), "Methods, upper case.")
                    .orElse(List.of());
            var scheme =
                f.key(
                        "scheme",
                        Types.listOf(Types.choice(Scheme.class)).orSingle(),
                        "`http` or `https`, as the client connected.")
                    .orElse(List.of());
            var header =
                f.key(
                        "header",
                        Types.freeMapOf(TEXT_GLOB),
                        "Field names to what a value must look like; `*` stands for anything.")
                    .orElse(Map.of());
            var query =
                f.key(
                        "query",
                        Types.freeMapOf(TEXT_GLOB),
                        "Query parameters to what the first value must look like.")
                    .orElse(Map.of());
            var clientIp =
                f.key(
                        "client_ip",
                        Types.listOf(Types.cidr()).orSingle(),
                        "Where the client is, after trusted proxies.")
                    .orElse(List.of());
            var remoteIp =
                f.key("remote_ip", Types.listOf(Types.cidr()).orSingle(), "Where the TCP peer is.")
                    .orElse(List.of());
            return v ->
                new RouteMatch(
                    v.get(host),
                    v.get(path),
                    v.get(method),
                    v.get(scheme).stream().map(s -> s.name().toLowerCase(Locale.ROOT)).toList(),
                    lowerCase(v.get(header)),
                    v.get(query),
                    v.get(clientIp),
                    v.get(remoteIp));
          });

  /** Schemes a client can use. */
  private enum Scheme {
    HTTP,
    HTTPS
  }

  private static final RecordType<FieldRules> REQUEST_RULES = rules("RequestRules", true);
  private static final RecordType<FieldRules> RESPONSE_RULES = rules("ResponseRules", false);

  static final RecordType<Headers> HEADERS =
      RecordType.define(
          "HeaderRules",
          "changes to the fields of requests and responses",
          ReloadClass.LIVE,
          f -> {
            var request =
                f.key("request", REQUEST_RULES, "Changes to the request sent upstream.")
                    .orElse(REQUEST_RULES.defaults());
            var response =
                f.key("response", RESPONSE_RULES, "Changes to the response sent to the client.")
                    .orElse(RESPONSE_RULES.defaults());
            return v -> new Headers(v.get(request), v.get(response));
          });

  private static final RecordType<ActionConfig.Respond> RESPOND =
      RecordType.define(
          "Respond",
          "a fixed answer",
          ReloadClass.LIVE,
          f -> {
            var status =
                f.key("status", Types.integer().between(200, 599), "Status code.").orElse(200);
            var body =
                f.key(
                        "body",
                        text(HttpCodes.BAD_TEMPLATE, Template::parse, Template::toString),
                        "Text of the body; variables such as `{client_ip}` are filled in.")
                    .optional();
            var type =
                f.key("content_type", fieldValue(), "Media type of the body.")
                    .orElse("text/plain; charset=utf-8");
            var headers =
                f.key("headers", Types.freeMapOf(TEMPLATE), "Fields of the answer.")
                    .orElse(Map.of());
            f.check(
                (v, checks) -> {
                  for (String name : v.get(headers).keySet()) {
                    if (!FieldRules.mayName(name)) {
                      checks.error(headers, HttpCodes.BAD_FIELD, "not settable: " + name, "");
                    }
                  }
                });
            return v ->
                new ActionConfig.Respond(
                    v.get(status),
                    v.get(type),
                    v.get(body),
                    new FieldRules(List.of(), rules(v.get(headers)), List.of(), List.of()));
          });

  private static final RecordType<ActionConfig.Redirect> REDIRECT_FULL =
      RecordType.define(
          "Redirect",
          "sends the client elsewhere",
          ReloadClass.LIVE,
          f -> {
            var to =
                f.key("to", TEMPLATE, "Location; variables such as `{host}` are filled in.")
                    .example("https://{host}{path}")
                    .required();
            var status =
                f.key("status", redirectStatus(), "301, 302, 303, 307 or 308.").orElse(308);
            return v -> new ActionConfig.Redirect(v.get(status), v.get(to));
          });

  private static final ConfigType<ActionConfig.Redirect> REDIRECT =
      Types.firstScalar(
          TEMPLATE.mapped(
              HttpCodes.BAD_TEMPLATE,
              to -> new ActionConfig.Redirect(308, to),
              ActionConfig.Redirect::to),
          REDIRECT_FULL);

  private record RouteLimits(
      Optional<Limit> body, List<String> zones, Optional<ByteSize> bandwidth) {}

  private static final RecordType<RouteLimits> ROUTE_LIMITS =
      RecordType.define(
          "RouteLimits",
          "bounds of one route",
          ReloadClass.LIVE,
          f -> {
            var body =
                f.key(
                        "body",
                        HttpBoundsTypes.bodyMax(),
                        "Largest request body, or `off`; the site's when not given.")
                    .optional();
            var zone =
                f.key("zone", zones(), "Rates that a request has to keep, after the site's.")
                    .orElse(List.of());
            var bandwidth =
                f.key(
                        "bandwidth",
                        byteRate(),
                        "Bytes of bodies per second of all its requests together, in each"
                            + " direction.")
                    .example("10MiB/s")
                    .orElse(Optional.empty());
            return v -> new RouteLimits(v.get(body), ids(v.get(zone)), v.get(bandwidth));
          });

  static final RecordType<RouteConfig> ROUTE =
      RecordType.define(
          "Route",
          "which requests to take and what to do with them",
          ReloadClass.LIVE,
          f -> {
            var id =
                f.key(
                        "id",
                        Types.string().matching("[a-z0-9_-]{1,64}", "1-64 of a-z, 0-9, _ and -"),
                        "Names the route in diagnostics and reloads.")
                    .optional();
            var match =
                f.key("match", MATCH, "Conditions; without any, every request is taken.")
                    .orElse(MATCH.defaults());
            var upstream =
                f.key("upstream", Types.reference("upstreams"), "Passes requests to this upstream.")
                    .optional();
            var files = f.key("files", FilesTypes.FILES, "Serves files.").optional();
            var respond = f.key("respond", RESPOND, "Answers with a fixed text.").optional();
            var tried =
                f.key(
                        "try",
                        TryTypes.PATHS,
                        "Paths to ask the site's other routes for, in turn, until one of them has"
                            + " the request; variables such as `{path}` are filled in. A last"
                            + " entry such as `=404` answers when nobody has it.")
                    .example("[ \"{path}\", \"{path}.html\", /index.html ]")
                    .optional();
            var redirect = f.key("redirect", REDIRECT, "Sends the client elsewhere.").optional();
            var headers =
                f.key("headers", HEADERS, "Changes to fields, after the site's.")
                    .orElse(HEADERS.defaults());
            var websocket =
                f.key(
                        "websocket",
                        Types.bool(),
                        "Whether an upgrade to websocket may pass to the upstream.")
                    .orElse(false);
            var rewrite =
                f.key(
                        "rewrite",
                        RewriteTypes.REWRITE,
                        "Another path for the upstream or the files, and for `{path}` in what is"
                            + " tried or redirected to; variables such as `{path}` are filled in."
                            + " It changes which file or path is asked for, not which route is"
                            + " taken; with `try: [ \"{path}\" ]` that, too.")
                    .example("{ strip_prefix: /api }")
                    .optional();
            var mirror =
                f.key("mirror", MirrorConfig.TYPE, "Sends copies of requests elsewhere.")
                    .example("{ upstream: shadow, percent: 10 }")
                    .optional();
            var limits =
                f.key("limits", ROUTE_LIMITS, "Bounds instead of the site's.")
                    .orElse(ROUTE_LIMITS.defaults());
            var timeouts =
                f.key(
                        "timeouts",
                        UpstreamTypes.ROUTE_TIMEOUTS,
                        "How long the upstream may take, instead of what the upstream says.")
                    .orElse(UpstreamTypes.ROUTE_TIMEOUTS.defaults());
            var auth =
                f.key(
                        "auth",
                        Types.orOff(LoginConfig.TYPE),
                        "Who may ask, instead of what the site says; `off` for everybody.")
                    .example("{ users_file: secrets/admin.users, realm: admin }")
                    .optional();
            f.exactlyOneOf(upstream, files, respond, redirect, tried);
            f.check(
                (v, checks) -> {
                  if (v.get(tried).isPresent() && !v.get(headers).equals(HEADERS.defaults())) {
                    checks.error(
                        headers,
                        Codes.UNFIT,
                        "`headers` of a route that tries others change nothing",
                        "give them to the routes that answer, or to the site");
                  }
                  if (v.get(websocket) && v.get(upstream).isEmpty()) {
                    checks.error(
                        websocket,
                        Codes.UNFIT,
                        "`websocket` needs an `upstream`",
                        "remove it, or route to an upstream");
                  }
                });
            return v ->
                new RouteConfig(
                    v.get(id).orElse("#" + v.id()),
                    v.get(match),
                    v.get(upstream)
                        .<ActionConfig>map(
                            to ->
                                new ActionConfig.ToUpstream(
                                    to.id(), v.get(websocket), v.get(timeouts)))
                        .or(() -> v.get(files).map(ActionConfig.ToFiles::new))
                        .or(() -> v.get(respond))
                        .or(() -> v.get(redirect))
                        .or(() -> v.get(tried))
                        .orElseThrow(),
                    v.get(headers),
                    v.get(limits).body(),
                    v.get(limits).zones(),
                    v.get(limits).bandwidth(),
                    v.get(rewrite).orElse(Rewrite.NONE),
                    v.get(mirror),
                    v.get(auth).map(RouteTypes::login).orElse(RouteLogin.AS_SITE));
          });

  private RouteTypes() {}

  private static RouteLogin login(Optional<LoginConfig> said) {
    return said.<RouteLogin>map(RouteLogin.Own::new).orElseGet(RouteLogin.Nobody::new);
  }

  static ConfigType<List<Reference>> zones() {
    return Types.listOf(Types.reference("zones")).orSingle();
  }

  static ConfigType<Optional<ByteSize>> byteRate() {
    return Types.orOff(Types.byteRate().atLeast(new ByteSize(1024)));
  }

  static List<String> ids(List<Reference> references) {
    return references.stream().map(Reference::id).toList();
  }

  private static RecordType<FieldRules> rules(String name, boolean request) {
    return RecordType.define(
        name,
        "changes to fields, made in the order remove, set, default, add",
        ReloadClass.LIVE,
        f -> {
          var remove =
              f.key("remove", Types.listOf(Types.string()), "Fields to leave out.")
                  .orElse(List.of());
          var set =
              f.key(
                      "set",
                      Types.freeMapOf(TEMPLATE),
                      "Fields that replace all of their name"
                          + (request ? "; `Host` replaces the client's." : "."))
                  .orElse(Map.of());
          var defaults =
              f.key("default", Types.freeMapOf(TEMPLATE), "Fields added where there is none.")
                  .orElse(Map.of());
          var add =
              f.key("add", Types.freeMapOf(TEMPLATE), "Fields added after the others.")
                  .orElse(Map.of());
          f.check(
              (v, checks) -> {
                v.get(remove).forEach(n -> allowed(n, true, remove, checks));
                v.get(set).keySet().forEach(n -> allowed(n, !request, set, checks));
                v.get(defaults).keySet().forEach(n -> allowed(n, true, defaults, checks));
                v.get(add).keySet().forEach(n -> allowed(n, true, add, checks));
              });
          return v ->
              new FieldRules(
                  v.get(remove), rules(v.get(set)), rules(v.get(defaults)), rules(v.get(add)));
        });
  }

  private static void allowed(String name, boolean hostForbidden, Field<?> where, Checks checks) {
    if (!FieldRules.mayName(name) || (hostForbidden && name.equalsIgnoreCase("host"))) {
      checks.error(
          where,
          HttpCodes.BAD_FIELD,
          "a rule may not touch the field `" + name + "`",
          "fields that frame messages belong to the gateway");
    }
  }

  private static List<FieldRules.Rule> rules(Map<String, Template> fields) {
    List<FieldRules.Rule> rules = new ArrayList<>();
    fields.forEach((name, value) -> rules.add(new FieldRules.Rule(name, value)));
    return rules;
  }

  static <V> Map<String, V> lowerCase(Map<String, V> map) {
    Map<String, V> lower = new HashMap<>();
    map.forEach((name, value) -> lower.put(name.toLowerCase(Locale.ROOT), value));
    return lower;
  }

  private static Template lineTemplate(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < ' ' && text.charAt(i) != '\t') {
        throw new IllegalArgumentException("a field's value holds no control characters");
      }
    }
    return Template.parse(text);
  }

  private static Pattern compiled(String regex) {
    try {
      return Pattern.compile(regex);
    } catch (PatternSyntaxException malformed) {
      throw new IllegalArgumentException(malformed.getDescription(), malformed);
    }
  }

  static ConfigType<String> fieldValue() {
    return Types.string().matching("[\\x20-\\x7e]+", "printable characters");
  }

  private static ConfigType<String> method() {
    return Types.string().matching("[A-Z][A-Z0-9_-]{0,31}", "a method such as GET");
  }

  private static ConfigType<Integer> redirectStatus() {
    List<Integer> known = List.of(301, 302, 303, 307, 308);
    return Types.integer()
        .between(301, 308)
        .mapped(
            Codes.OUT_OF_RANGE,
            status -> {
              if (!known.contains(status)) {
                throw new IllegalArgumentException("one of 301, 302, 303, 307, 308");
              }
              return status;
            },
            status -> status);
  }

  private static <T> ConfigType<T> text(
      Code code, Function<String, T> parse, Function<T, String> print) {
    return Types.string().mapped(code, parse, print);
  }
}
