package io.fairlead.app.convert;

import com.google.re2j.PatternSyntaxException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code if}, {@code return} and {@code rewrite} of one block, in order. A rewrite that looks for a
 * location anew becomes a route that tries the new path; one that stays becomes the change of the
 * location's own routes.
 */
final class NginxRewrites {
  private static final Pattern CONDITION =
      Pattern.compile("\\(\\$(host|http_host|scheme|request_method)\\s+=\\s+([^)]+)\\)");

  private final Draft draft;
  private final NginxActions actions;
  private final boolean location;
  private final Map<String, Object> match;
  private final List<Map<String, Object>> routes;
  private Map<String, Object> change = Map.of();

  /**
   * @param location whether the block is one
   * @param routes where routes are put that come before the block's own
   */
  NginxRewrites(
      Draft draft,
      NginxActions actions,
      boolean location,
      Map<String, Object> match,
      List<Map<String, Object>> routes) {
    this.draft = draft;
    this.actions = actions;
    this.location = location;
    this.match = match;
    this.routes = routes;
  }

  /** The change of the path that the block's own routes make; empty for none. */
  Map<String, Object> change() {
    return change;
  }

  /** Reads the block; true when nothing comes after. */
  boolean over(NginxScope scope) {
    List<Directive> own = scope.own();
    for (int i = 0; i < own.size(); i++) {
      Directive directive = own.get(i);
      boolean over =
          switch (directive.name()) {
            case "return" -> {
              routes.add(actions.returned(scope, directive, match));
              yield true;
            }
            case "rewrite" ->
                rewrite(
                    scope,
                    directive,
                    own.subList(i + 1, own.size()).stream()
                        .noneMatch(later -> later.name().equals("rewrite")));
            case "if" -> condition(scope, directive);
            default -> false;
          };
      if (over) return true;
    }
    return false;
  }

  private boolean rewrite(NginxScope scope, Directive rewrite, boolean last) {
    String regex = rewrite.arg(0);
    String to = rewrite.arg(1);
    String flag = rewrite.arg(2);
    if (!known(regex)) return closed(rewrite, "an expression that RE2 does not know");
    boolean absolute = to.matches("(https?|\\$scheme)://.*");
    if (flag.equals("permanent") || flag.equals("redirect") || absolute) {
      return redirect(scope, rewrite, to, flag.equals("permanent") ? 301L : 302L);
    }
    if (!to.startsWith("/") || NginxPaths.hasOtherVariable(to) || to.contains("?")) {
      return closed(rewrite, "only paths with groups are known");
    }
    if (flag.isEmpty() && !last) return closed(rewrite, "several in a row are not known");
    Map<String, Object> replaced = NginxPaths.replaced(regex, to);
    if (location && flag.equals("break")) {
      if (!change.isEmpty()) return closed(rewrite, "a second `break` is not known");
      change = replaced;
      return false;
    }
    Map<String, Object> below = new LinkedHashMap<>(match);
    boolean every = every(regex);
    if (!match.containsKey("path") && !every) below.put("path", NginxLocations.regex(regex));
    Map<String, Object> tried = NginxLocations.route(below, "try", List.of("{path}"));
    tried.put("rewrite", replaced);
    routes.add(tried);
    return false;
  }

  private boolean redirect(NginxScope scope, Directive rewrite, String to, long status) {
    String regex = rewrite.arg(0);
    boolean dropsQuery = to.endsWith("?");
    String target = dropsQuery ? to.substring(0, to.length() - 1) : to;
    Map<String, Object> below = new LinkedHashMap<>(match);
    boolean every = every(regex);
    if (!every) {
      if (match.containsKey("path") && !implied(regex)) {
        return closed(rewrite, "its expression beside the location's path");
      }
      below.put("path", NginxLocations.regex(regex));
    }
    boolean path = target.startsWith("/") && !NginxPaths.hasOtherVariable(target);
    Map<String, Object> redirect = new LinkedHashMap<>();
    Map<String, Object> route = NginxLocations.route(below, "redirect", redirect);
    if (path && !target.contains("?")) {
      redirect.put("to", dropsQuery ? "{scheme}://{h:Host}{path}" : "{url}");
      route.put("rewrite", NginxPaths.replaced(regex, target));
    } else {
      Optional<String> whole =
          NginxPaths.hasGroup(target)
              ? captured(regex, target, route)
              : NginxText.template(target, Map.of());
      if (whole.isEmpty()) return closed(rewrite, "a variable without a counterpart");
      redirect.put("to", actions.absolute(whole.get()));
      if (!dropsQuery && !to.contains("$request_uri") && !to.contains("$args")) {
        draft.otherwise(rewrite.at(), "`" + rewrite + "`: the query is not appended");
      }
    }
    redirect.put("status", status);
    routes.add(actions.answered(scope, route));
    return every;
  }

  /** Another host and a path with groups: the groups are put into the path first. */
  private static Optional<String> captured(String regex, String target, Map<String, Object> route) {
    Matcher parts = Pattern.compile("((?:https?|\\$scheme)://[^/]+)(/[^?]*)").matcher(target);
    if (!parts.matches() || NginxPaths.hasOtherVariable(parts.group(2))) return Optional.empty();
    if (NginxPaths.hasGroup(parts.group(1))) return Optional.empty();
    route.put("rewrite", NginxPaths.replaced(regex, parts.group(2)));
    return NginxText.template(parts.group(1), Map.of()).map(host -> host + "{path}");
  }

  /** Whether what the expression finds is in the location anyway. */
  private boolean implied(String regex) {
    String text =
        match.get("path") instanceof String path && path.endsWith("/*")
            ? path.substring(0, path.length() - 1)
            : "";
    return !text.isEmpty() && regex.startsWith("^" + NginxText.quoted(text));
  }

  private static boolean every(String regex) {
    return List.of("^", "^/", "^(.*)$", "^/(.*)$", "^.*$", ".*", "(.*)", "/(.*)").contains(regex);
  }

  private static boolean known(String regex) {
    try {
      com.google.re2j.Pattern.compile(regex);
      return true;
    } catch (PatternSyntaxException beyond) {
      return false;
    }
  }

  private boolean closed(Directive rewrite, String why) {
    draft.leftOut(rewrite.at(), "`" + rewrite + "`: " + why + "; answers 501 now");
    routes.add(actions.closed(match, "`rewrite` was not converted"));
    return true;
  }

  private boolean condition(NginxScope scope, Directive block) {
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
}
