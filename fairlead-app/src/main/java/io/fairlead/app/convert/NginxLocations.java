package io.fairlead.app.convert;

import com.google.re2j.PatternSyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Locations as routes, in an order in which the first that matches is the one nginx takes: exact
 * ones, {@code ^~} ones, regular expressions, then prefixes, the longest first.
 */
final class NginxLocations {
  private static final int NAMED_DEPTH_MAX = 8;

  private final Draft draft;
  private final NginxActions actions;
  private final NginxRates rates;
  private final NginxPasswords passwords;

  NginxLocations(Draft draft, Path baseDir, NginxUpstreams upstreams, NginxRates rates) {
    this.draft = draft;
    this.rates = rates;
    this.passwords = new NginxPasswords(draft, baseDir);
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
   * What the routes of one server have in common.
   *
   * @param siteBody bound of bodies that holds when a route says nothing
   * @param named locations that others lead to
   * @param depth of named locations that lead to each other
   */
  private record Within(NginxServer server, Object siteBody, Set<String> named, int depth) {}

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
    var rewrites = new NginxRewrites(draft, actions, false, match, routes);
    if (rewrites.over(server.scope())) return routes;
    Within within = new Within(server, siteBody, new HashSet<>(), 0);
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
      location(scope, location, below, within, routes);
    }
    boolean all =
        locations.stream()
            .anyMatch(
                l -> l.kind() != Kind.EXACT && l.text().equals("/") && l.kind() != Kind.REGEX);
    if (!all) {
      NginxActions.Ask ask = ask(within, server.scope(), match, "", "");
      guarded(ask, actions.remaining(ask, siteBody), routes);
    }
    for (Directive location : server.scope().own("location")) {
      boolean named = location.arg(0).startsWith("@");
      if (named && !within.named().contains(location.arg(0))) {
        draft.leftOut(location.at(), "`" + location + "`: no `try_files` leads there");
      }
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
          } else if (!first.startsWith("@")) { // those are written where they are named
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
      Within within,
      List<Map<String, Object>> routes) {
    boolean regex = location.kind() == Kind.REGEX;
    block(
        ask(within, scope, match, regex ? "" : location.text(), regex ? location.text() : ""),
        location.at(),
        within,
        routes);
  }

  private NginxActions.Ask ask(
      Within within, NginxScope scope, Map<String, Object> match, String prefix, String regex) {
    return new NginxActions.Ask(scope, match, prefix, regex, name -> named(name, match, within));
  }

  private void block(
      NginxActions.Ask ask, Directive at, Within within, List<Map<String, Object>> routes) {
    NginxScope scope = ask.scope();
    for (Directive inner : scope.own("location")) {
      draft.leftOut(inner.at(), "`" + inner + "` within a location");
    }
    if (!scope.own("internal").isEmpty()) {
      routes.add(actions.answered(scope, route(ask.match(), "respond", Map.of("status", 404L))));
      return;
    }
    var rewrites = new NginxRewrites(draft, actions, true, ask.match(), routes);
    if (rewrites.over(scope)) return;
    guarded(ask, actions.action(ask.changing(rewrites.change()), at, within.siteBody()), routes);
  }

  /** The routes of a named location for what came to another; empty when there is none. */
  private List<Map<String, Object>> named(String name, Map<String, Object> match, Within within) {
    List<Map<String, Object>> routes = new ArrayList<>();
    if (within.depth() >= NAMED_DEPTH_MAX) return routes;
    for (Directive location : within.server().scope().own("location")) {
      if (!location.arg(0).equals(name)) continue;
      within.named().add(name);
      Within deeper =
          new Within(within.server(), within.siteBody(), within.named(), within.depth() + 1);
      NginxScope scope = within.server().scope().within(location.inner());
      block(ask(deeper, scope, match, "", ""), location, deeper, routes);
      break;
    }
    return routes;
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

  static Map<String, Object> regex(String text) {
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

  /** The routes, behind what {@code auth_basic}, {@code allow} and {@code deny} say. */
  private void guarded(
      NginxActions.Ask ask, List<Map<String, Object>> own, List<Map<String, Object>> routes) {
    NginxScope scope = ask.scope();
    Map<String, Object> match = ask.match();
    for (Map<String, Object> route : own) rates.limit(scope, route);
    Optional<Map<String, Object>> auth = Optional.empty();
    for (String name : NginxNotes.GUARDS) {
      Optional<Directive> guard = scope.find(name).filter(d -> !d.arg(0).equals("off"));
      if (guard.isEmpty() || name.equals("ssl_client_certificate") || name.equals("satisfy"))
        continue;
      if (name.equals("auth_basic")) {
        auth = passwords.of(scope, guard.get());
        if (auth.isPresent()) continue;
      }
      draft.leftOut(guard.get().at(), "`" + guard.get() + "`: what it guards answers 501 now");
      routes.add(actions.closed(match, "`" + name + "` was not converted"));
      return;
    }
    // A `return` is carried out before anybody is asked.
    List<Map<String, Object>> asking =
        auth.isEmpty() || !scope.own("return").isEmpty() ? own : asking(own, auth.get());
    boolean either = auth.isPresent() && scope.text("satisfy").filter("any"::equals).isPresent();
    for (Directive rule : scope.all("allow", "deny")) {
      boolean allow = rule.name().equals("allow");
      Map<String, Object> refusal = route(match, "respond", Map.of("status", 403L));
      List<Map<String, Object>> refused =
          either ? asking : List.of(actions.answered(scope, refusal));
      List<Map<String, Object>> what = !allow ? refused : either ? own : asking;
      if (rule.arg(0).equals("all")) {
        routes.addAll(what);
        return;
      }
      if (rule.arg(0).startsWith("unix:")) {
        draft.leftOut(rule.at(), "`" + rule + "`");
        continue;
      }
      String block = rule.arg(0);
      String whole = block.contains("/") ? block : block + (block.contains(":") ? "/128" : "/32");
      for (Map<String, Object> each : what) routes.add(narrowed(each, whole));
    }
    routes.addAll(asking);
  }

  private static List<Map<String, Object>> asking(
      List<Map<String, Object>> routes, Map<String, Object> auth) {
    List<Map<String, Object>> asking = new ArrayList<>();
    for (Map<String, Object> route : routes) {
      Map<String, Object> with = new LinkedHashMap<>(route);
      with.put("auth", auth);
      asking.add(with);
    }
    return asking;
  }

  @SuppressWarnings("unchecked") // a match is a mapping that this converter made
  private static Map<String, Object> narrowed(Map<String, Object> route, String clients) {
    Map<String, Object> below =
        new LinkedHashMap<>((Map<String, Object>) route.getOrDefault("match", Map.of()));
    below.put("client_ip", List.of(clients));
    Map<String, Object> narrowed = new LinkedHashMap<>(route);
    narrowed.put("match", below);
    return ordered(narrowed);
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
