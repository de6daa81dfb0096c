package io.fairlead.app.convert;

import com.google.re2j.PatternSyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Locations as routes, in an order in which the first that matches is the one nginx takes: exact
 * ones, {@code ^~} ones, regular expressions, then prefixes, the longest first.
 */
final class NginxLocations {
  private static final Pattern CONDITION =
      Pattern.compile("\\(\\$(host|http_host|scheme|request_method)\\s+=\\s+([^)]+)\\)");

  private final Draft draft;
  private final NginxActions actions;

  NginxLocations(Draft draft, Path baseDir, NginxUpstreams upstreams) {
    this.draft = draft;
    this.actions = new NginxActions(draft, baseDir, upstreams);
  }

  private enum Kind {
    EXACT,
    FIRST_PREFIX,
    REGEX,
    PREFIX
  }

  private record Location(Kind kind, String text, Directive at) {}

  /**
   * All routes of one server; together they take every path.
   *
   * @param hosts that the routes are for; empty for every host
   * @param siteBody bound of bodies that holds when a route says nothing
   */
  List<Map<String, Object>> routes(NginxServer server, List<String> hosts, Object siteBody) {
    List<Map<String, Object>> routes = new ArrayList<>();
    Map<String, Object> match = new LinkedHashMap<>();
    if (!hosts.isEmpty()) match.put("host", hosts);
    if (rewrites(server.scope(), match, routes)) return routes;
    List<Location> locations = locations(server);
    for (Location location : locations) {
      NginxScope scope = server.scope().within(location.at().inner());
      slash(location, scope, locations, match, routes);
      Map<String, Object> below = new LinkedHashMap<>(match);
      if (!path(location, below)) {
        if (!guards(location.at())) continue;
        // Nobody can say any more which paths it kept closed.
        routes.add(actions.closed(match, "a guarded location was not converted"));
        return routes;
      }
      location(scope, location, below, siteBody, routes);
    }
    boolean all =
        locations.stream()
            .anyMatch(
                l -> l.kind() != Kind.EXACT && l.text().equals("/") && l.kind() != Kind.REGEX);
    if (!all) {
      guarded(server.scope(), match, actions.remaining(server.scope(), match, siteBody), routes);
    }
    return routes;
  }

  private List<Location> locations(NginxServer server) {
    List<Location> found = new ArrayList<>();
    for (Directive directive : server.scope().own("location")) {
      String first = directive.arg(0);
      switch (first) {
        case "=" -> found.add(new Location(Kind.EXACT, directive.arg(1), directive));
        case "^~" -> found.add(new Location(Kind.FIRST_PREFIX, directive.arg(1), directive));
        case "~" -> found.add(new Location(Kind.REGEX, directive.arg(1), directive));
        case "~*" -> found.add(new Location(Kind.REGEX, "(?i)" + directive.arg(1), directive));
        default -> {
          if (first.startsWith("=") || first.startsWith("~") || first.startsWith("^~")) {
            draft.leftOut(directive.at(), "`" + directive + "`: write a space behind the sign");
          } else if (first.startsWith("@")) {
            draft.leftOut(directive.at(), "`" + directive + "`: named locations");
          } else {
            found.add(new Location(Kind.PREFIX, first, directive));
          }
        }
      }
    }
    found.replaceAll(location -> promoted(location, found));
    found.sort(
        Comparator.comparing(Location::kind)
            .thenComparingInt(l -> l.kind() == Kind.REGEX ? 0 : -l.text().length()));
    return found;
  }

  /** A prefix below a {@code ^~} one must come before it, and then comes before expressions. */
  private Location promoted(Location location, List<Location> all) {
    boolean below =
        location.kind() == Kind.PREFIX
            && all.stream()
                .anyMatch(
                    l -> l.kind() == Kind.FIRST_PREFIX && location.text().startsWith(l.text()));
    if (!below) return location;
    if (all.stream().anyMatch(l -> l.kind() == Kind.REGEX)) {
      draft.otherwise(
          location.at().at(), "`" + location.at() + "`: comes before regular expressions now");
    }
    return new Location(Kind.FIRST_PREFIX, location.text(), location.at());
  }

  private void location(
      NginxScope scope,
      Location location,
      Map<String, Object> match,
      Object siteBody,
      List<Map<String, Object>> routes) {
    for (Directive inner : scope.own("location")) {
      draft.leftOut(inner.at(), "`" + inner + "` within a location");
    }
    if (!scope.own("internal").isEmpty()) {
      routes.add(actions.answered(scope, route(match, "respond", Map.of("status", 404L))));
      return;
    }
    if (rewrites(scope, match, routes)) return;
    String prefix = location.kind() == Kind.REGEX ? "" : location.text();
    guarded(scope, match, actions.action(scope, location.at(), prefix, match, siteBody), routes);
  }

  private boolean path(Location location, Map<String, Object> match) {
    String text = location.text();
    switch (location.kind()) {
      case EXACT ->
          match.put(
              "path", text.matches("/[^*?]*") ? text : regex("^" + NginxText.quoted(text) + "$"));
      case REGEX -> {
        try {
          com.google.re2j.Pattern.compile(text);
        } catch (PatternSyntaxException beyond) {
          draft.leftOut(location.at().at(), "`" + location.at() + "`: " + beyond.getDescription());
          return false;
        }
        match.put("path", regex(text));
      }
      case FIRST_PREFIX, PREFIX -> {
        if (text.equals("/")) return true;
        boolean folder = text.endsWith("/") && text.matches("/[^*?]*");
        match.put("path", folder ? text + "*" : regex("^" + NginxText.quoted(text)));
      }
    }
    return true;
  }

  private static Map<String, Object> regex(String text) {
    return new LinkedHashMap<>(Map.of("regex", text));
  }

  /** nginx sends {@code /dir} to {@code /dir/} where the latter is passed on. */
  private void slash(
      Location location,
      NginxScope scope,
      List<Location> all,
      Map<String, Object> match,
      List<Map<String, Object>> routes) {
    String text = location.text();
    boolean passes = location.at().inner().stream().anyMatch(d -> d.name().equals("proxy_pass"));
    if (!passes || location.kind() == Kind.REGEX || location.kind() == Kind.EXACT) return;
    if (text.length() < 2 || !text.endsWith("/") || !text.matches("/[^*?]*")) return;
    String plain = text.substring(0, text.length() - 1);
    if (all.stream().anyMatch(l -> l.kind() == Kind.EXACT && l.text().equals(plain))) return;
    Map<String, Object> exact = new LinkedHashMap<>(match);
    exact.put("path", plain);
    Map<String, Object> redirect = new LinkedHashMap<>();
    redirect.put("to", "{scheme}://{h:Host}" + text);
    redirect.put("status", 301L);
    routes.add(actions.answered(scope, route(exact, "redirect", redirect)));
  }

  private static boolean guards(Directive location) {
    return location.inner().stream()
        .anyMatch(
            d ->
                NginxNotes.GUARDS.contains(d.name())
                    || d.name().equals("deny")
                    || d.name().equals("internal")
                    || (d.name().equals("return") && d.arg(0).matches("[45]\\d\\d")));
  }

  /** {@code if}, {@code return} and {@code rewrite} of a block; true when nothing comes after. */
  private boolean rewrites(
      NginxScope scope, Map<String, Object> match, List<Map<String, Object>> routes) {
    for (Directive directive : scope.own()) {
      switch (directive.name()) {
        case "return" -> {
          routes.add(actions.returned(scope, directive, match));
          return true;
        }
        case "rewrite" -> {
          if (rewrite(directive, match, routes)) return true;
        }
        case "if" -> {
          if (condition(scope, directive, match, routes)) return true;
        }
        default -> {}
      }
    }
    return false;
  }

  private boolean rewrite(
      Directive rewrite, Map<String, Object> match, List<Map<String, Object>> routes) {
    String regex = rewrite.arg(0);
    String to = rewrite.arg(1);
    String flag = rewrite.arg(2);
    boolean redirects =
        flag.equals("permanent")
            || flag.equals("redirect")
            || to.matches("(https?|\\$scheme)://.*");
    boolean captures = Pattern.compile("\\$\\d").matcher(to).find();
    Optional<String> target =
        captures
            ? Optional.empty()
            : NginxText.template(
                to.endsWith("?") ? to.substring(0, to.length() - 1) : to, Map.of());
    if (!redirects || target.isEmpty() || match.containsKey("path")) {
      draft.leftOut(rewrite.at(), "`" + rewrite + "`: only redirects without groups are known");
      routes.add(actions.closed(match, "`rewrite` was not converted"));
      return true;
    }
    Map<String, Object> below = new LinkedHashMap<>(match);
    boolean every =
        regex.equals("^") || regex.equals("^/") || regex.equals("^(.*)$") || regex.equals(".*");
    if (!every) below.put("path", regex(regex));
    Map<String, Object> redirect = new LinkedHashMap<>();
    redirect.put("to", actions.absolute(target.get()));
    redirect.put("status", flag.equals("permanent") ? 301L : 302L);
    if (!to.endsWith("?") && !to.contains("$request_uri") && !to.contains("$args")) {
      draft.otherwise(rewrite.at(), "`" + rewrite + "`: the query is not appended");
    }
    routes.add(route(below, "redirect", redirect));
    return every;
  }

  private boolean condition(
      NginxScope scope,
      Directive block,
      Map<String, Object> match,
      List<Map<String, Object>> routes) {
    Matcher condition = CONDITION.matcher(String.join(" ", block.args()));
    Optional<Directive> returned =
        block.inner().stream().filter(d -> d.name().equals("return")).findFirst();
    if (condition.matches()
        && returned.isPresent()
        && block.inner().getFirst().equals(returned.get())) {
      Map<String, Object> below = new LinkedHashMap<>(match);
      String key =
          switch (condition.group(1)) {
            case "scheme" -> "scheme";
            case "request_method" -> "method";
            default -> "host";
          };
      below.put(key, List.of(condition.group(2).strip()));
      routes.add(actions.returned(scope, returned.get(), below));
      return false;
    }
    draft.leftOut(block.at(), "`" + block + " { … }`");
    boolean refuses =
        block.inner().stream()
            .anyMatch(
                d ->
                    d.name().equals("deny")
                        || (d.name().equals("return") && d.arg(0).matches("[45]\\d\\d")));
    if (refuses) routes.add(actions.closed(match, "a condition that refuses was not converted"));
    return refuses;
  }

  /** The route, behind what {@code allow} and {@code deny} say. */
  private void guarded(
      NginxScope scope,
      Map<String, Object> match,
      Map<String, Object> route,
      List<Map<String, Object>> routes) {
    for (String name : NginxNotes.GUARDS) {
      Optional<Directive> guard = scope.find(name).filter(d -> !d.arg(0).equals("off"));
      if (guard.isEmpty() || name.equals("ssl_client_certificate") || name.equals("satisfy"))
        continue;
      draft.leftOut(guard.get().at(), "`" + guard.get() + "`: what it guards answers 501 now");
      routes.add(actions.closed(match, "`" + name + "` was not converted"));
      return;
    }
    for (Directive rule : scope.all("allow", "deny")) {
      boolean allow = rule.name().equals("allow");
      Map<String, Object> refusal = route(match, "respond", Map.of("status", 403L));
      Map<String, Object> action = allow ? route : actions.answered(scope, refusal);
      if (rule.arg(0).equals("all")) {
        routes.add(action);
        return;
      }
      if (rule.arg(0).startsWith("unix:")) {
        draft.leftOut(rule.at(), "`" + rule + "`");
        continue;
      }
      Map<String, Object> narrowed = new LinkedHashMap<>(action);
      Map<String, Object> below = new LinkedHashMap<>(match);
      String block = rule.arg(0);
      String whole = block.contains("/") ? block : block + (block.contains(":") ? "/128" : "/32");
      below.put("client_ip", List.of(whole));
      narrowed.put("match", below);
      routes.add(ordered(narrowed));
    }
    routes.add(route);
  }

  private static Map<String, Object> ordered(Map<String, Object> route) {
    Map<String, Object> ordered = new LinkedHashMap<>();
    if (route.containsKey("match")) ordered.put("match", route.get("match"));
    route.forEach(ordered::putIfAbsent);
    return ordered;
  }

  static Map<String, Object> route(Map<String, Object> match, String action, Object what) {
    Map<String, Object> route = new LinkedHashMap<>();
    if (!match.isEmpty()) route.put("match", new LinkedHashMap<>(match));
    route.put(action, what);
    return route;
  }
}
