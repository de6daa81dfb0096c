package io.fairlead.app.convert;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a location does with a request, as the action of a route. */
final class NginxActions {
  private static final Pattern PASS =
      Pattern.compile("(https?)://(unix:[^:]+|[^/?]+)(?::?(/[^?]*)?)", Pattern.DOTALL);

  private final Draft draft;
  private final Path baseDir;
  private final NginxUpstreams upstreams;

  NginxActions(Draft draft, Path baseDir, NginxUpstreams upstreams) {
    this.draft = draft;
    this.baseDir = baseDir;
    this.upstreams = upstreams;
  }

  /** Named locations, as routes for what came to another. */
  @FunctionalInterface
  interface Named {
    /** Empty when there is none of that name. */
    List<Map<String, Object>> routes(String name);
  }

  /**
   * A block that is asked for its routes.
   *
   * @param prefix the path it stands for; empty for a regular expression
   * @param regex the expression it stands for; empty for a prefix
   * @param change of the path that was decided before; empty for none
   */
  record Ask(
      NginxScope scope,
      Map<String, Object> match,
      String prefix,
      String regex,
      Named named,
      Map<String, Object> change) {
    Ask(NginxScope scope, Map<String, Object> match, String prefix, String regex, Named named) {
      this(scope, match, prefix, regex, named, Map.of());
    }

    Ask changing(Map<String, Object> next) {
      return new Ask(scope, match, prefix, regex, named, next);
    }
  }

  /** The routes of a location: one, and those of a named one that gets what remains. */
  List<Map<String, Object>> action(Ask ask, Directive at, Object siteBody) {
    NginxScope scope = ask.scope();
    for (Directive own : scope.own()) {
      if (NginxNotes.OTHER_ANSWERS.contains(own.name())) {
        draft.leftOut(own.at(), "`" + own + "`: answers 501 now");
        return List.of(closed(ask.match(), "`" + own.name() + "` was not converted"));
      }
    }
    Optional<Directive> pass = scope.own("proxy_pass").stream().findFirst();
    List<Map<String, Object>> routes = pass.isPresent() ? passed(ask, pass.get()) : files(ask, at);
    Object body = NginxSites.bodyOf(scope);
    if (!body.equals(siteBody)) Draft.below(routes.getFirst(), "limits").put("body", body);
    return routes;
  }

  /** What a server does with paths that no location takes. */
  List<Map<String, Object>> remaining(Ask ask, Object siteBody) {
    Optional<Directive> root = ask.scope().find("root");
    if (root.isEmpty()) {
      return List.of(NginxLocations.route(ask.match(), "respond", status(404)));
    }
    return files(new Ask(ask.scope(), ask.match(), "/", "", ask.named(), ask.change()), root.get());
  }

  /** A route that answers 501, in place of one that would do something else than nginx. */
  Map<String, Object> closed(Map<String, Object> match, String why) {
    Map<String, Object> respond = status(501);
    respond.put("body", "501 not converted: " + why.replace("`", "") + "\n");
    return NginxLocations.route(match, "respond", respond);
  }

  private static Map<String, Object> status(long status) {
    return new LinkedHashMap<>(Map.of("status", status));
  }

  // --- return

  /** The route of a {@code return}. */
  Map<String, Object> returned(NginxScope scope, Directive returned, Map<String, Object> match) {
    String first = returned.arg(0);
    boolean bare = !first.matches("\\d{3}");
    int code = bare ? 302 : Integer.parseInt(first);
    String text = bare ? first : returned.arg(1);
    Optional<String> template = NginxText.template(uriPair(text), Map.of());
    if (template.isEmpty()) {
      draft.leftOut(returned.at(), "`" + returned + "`: a variable without a counterpart");
      return closed(match, "`return` was not converted");
    }
    boolean redirect = List.of(301, 302, 303, 307, 308).contains(code) && !text.isEmpty();
    Map<String, Object> route;
    if (redirect) {
      Map<String, Object> to = new LinkedHashMap<>();
      to.put("to", absolute(template.get()));
      to.put("status", (long) code);
      route = NginxLocations.route(match, "redirect", to);
    } else {
      if (code < 200 || code > 599) {
        draft.otherwise(returned.at(), "`" + returned + "`: answers 400 now");
        code = 400;
      }
      Map<String, Object> respond = status(code);
      if (!text.isEmpty()) {
        respond.put("body", template.get());
        respond.put("content_type", scope.text("default_type").orElse("text/plain"));
      }
      route = NginxLocations.route(match, "respond", respond);
    }
    return answered(scope, route);
  }

  /** The same route with the fields that nginx adds there. */
  Map<String, Object> answered(NginxScope scope, Map<String, Object> route) {
    responseFields(scope, route);
    return route;
  }

  /** {@code $request_uri} and {@code $uri$is_args$args}: the query only where there is one. */
  private static String uriPair(String text) {
    return text.replace("$uri$is_args$args", "$request_uri");
  }

  /** nginx makes absolute locations of paths. */
  String absolute(String template) {
    return template.startsWith("/") ? "{scheme}://{h:Host}" + template : template;
  }

  // --- proxy_pass

  private List<Map<String, Object>> passed(Ask ask, Directive pass) {
    NginxScope scope = ask.scope();
    Matcher parts = PASS.matcher(pass.arg(0));
    if (NginxText.hasVariable(pass.arg(0)) || !parts.matches()) {
      draft.leftOut(pass.at(), "`" + pass + "`: answers 501 now");
      return List.of(closed(ask.match(), "`proxy_pass` was not converted"));
    }
    String uri = parts.group(3) == null ? "" : parts.group(3);
    Map<String, Object> change = ask.change();
    if (change.isEmpty() && !uri.isEmpty() && !uri.equals(ask.prefix())) {
      if (ask.prefix().isEmpty()) {
        draft.leftOut(pass.at(), "`" + pass + "`: a path in place of none; answers 501 now");
        return List.of(closed(ask.match(), "`proxy_pass` was not converted"));
      }
      change = NginxPaths.beginning(ask.prefix(), uri);
      draft.otherwise(pass.at(), "`" + pass + "`: `Location` of its answers is passed on as it is");
    }
    NginxUpstreams.Target target = upstreams.target(parts.group(1), parts.group(2), pass, scope);
    Map<String, Object> route = NginxLocations.route(ask.match(), "upstream", target.id());
    if (!change.isEmpty()) route.put("rewrite", new LinkedHashMap<>(change));
    requestFields(scope, target, route);
    responseFields(scope, route);
    Map<String, Object> timeouts = new LinkedHashMap<>();
    scope
        .text("proxy_connect_timeout")
        .flatMap(ForeignValues::duration)
        .ifPresent(time -> timeouts.put("connect", time));
    scope
        .text("proxy_read_timeout")
        .flatMap(ForeignValues::duration)
        .ifPresent(
            time -> {
              timeouts.put("response_header", time);
              timeouts.put("response_idle", time);
              timeouts.put("stream_idle", time);
            });
    if (!timeouts.isEmpty()) route.put("timeouts", timeouts);
    return List.of(route);
  }

  private void requestFields(
      NginxScope scope, NginxUpstreams.Target target, Map<String, Object> route) {
    Map<String, Object> set = new LinkedHashMap<>();
    List<String> remove = new ArrayList<>();
    set.put("Host", target.host());
    for (Directive field : scope.all("proxy_set_header")) {
      String name = field.arg(0);
      String value = field.arg(1);
      switch (name.toLowerCase(Locale.ROOT)) {
        case "upgrade" -> {
          if (value.equals("$http_upgrade")) route.put("websocket", true);
        }
        case "connection", "content-length", "transfer-encoding" -> {}
        case "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host" -> forwarded(field);
        case "host" -> host(field, target, set);
        default -> field(field, name, value, target, set, remove);
      }
    }
    Map<String, Object> request = new LinkedHashMap<>();
    if (!remove.isEmpty()) request.put("remove", remove);
    if (!set.isEmpty()) request.put("set", set);
    if (!request.isEmpty()) Draft.below(route, "headers").put("request", request);
  }

  /** Those we set ourselves, to what nearly everybody writes. */
  private void forwarded(Directive field) {
    String usual =
        switch (field.arg(0).toLowerCase(Locale.ROOT)) {
          case "x-forwarded-for" -> "$proxy_add_x_forwarded_for $remote_addr";
          case "x-forwarded-proto" -> "$scheme";
          default -> "$host $http_host $host:$server_port";
        };
    if (!List.of(usual.split(" ")).contains(field.arg(1))) {
      draft.otherwise(field.at(), "`" + field + "`: set by the gateway, see trusted_proxies");
    }
  }

  private void host(Directive field, NginxUpstreams.Target target, Map<String, Object> set) {
    switch (field.arg(1)) {
      case "$http_host", "$host:$server_port" -> set.remove("Host");
      case "$proxy_host" -> set.put("Host", target.host());
      default -> field(field, "Host", field.arg(1), target, set, new ArrayList<>());
    }
  }

  private void field(
      Directive at,
      String name,
      String value,
      NginxUpstreams.Target target,
      Map<String, Object> set,
      List<String> remove) {
    if (value.isEmpty()) {
      remove.add(name);
      return;
    }
    Optional<String> ours = NginxText.template(value, Map.of("proxy_host", target.host()));
    if (ours.isPresent()) set.put(name, ours.get());
    else draft.leftOut(at.at(), "`" + at + "`: a variable without a counterpart");
  }

  private void responseFields(NginxScope scope, Map<String, Object> route) {
    Map<String, Object> response = new LinkedHashMap<>();
    List<String> remove =
        scope.all("proxy_hide_header").stream().map(directive -> directive.arg(0)).toList();
    if (!remove.isEmpty() && route.containsKey("upstream")) response.put("remove", remove);
    Map<String, Object> set = new LinkedHashMap<>();
    if (!route.containsKey("files")) expires(scope).ifPresent(v -> set.put("Cache-Control", v));
    if (!set.isEmpty()) response.put("set", set);
    Map<String, Object> add = new LinkedHashMap<>();
    for (Directive field : scope.all("add_header")) {
      Optional<String> value = NginxText.template(field.arg(1), Map.of());
      if (value.isEmpty() || add.containsKey(field.arg(0))) {
        draft.leftOut(field.at(), "`" + field + "`");
      } else if (!value.get().isEmpty()) {
        add.put(field.arg(0), value.get());
        if (!field.arg(2).equals("always")) {
          draft.otherwise(field.at(), "`" + field + "`: of errors as well");
        }
      }
    }
    if (!add.isEmpty()) response.put("add", add);
    if (!response.isEmpty()) Draft.below(route, "headers").put("response", response);
  }

  private Optional<String> expires(NginxScope scope) {
    Optional<Directive> expires = scope.find("expires");
    if (expires.isEmpty()) return Optional.empty();
    String word = expires.get().arg(0);
    return switch (word) {
      case "off" -> Optional.empty();
      case "epoch" -> Optional.of("no-cache");
      case "max" -> Optional.of("max-age=315360000");
      default -> {
        if (word.startsWith("-")) yield Optional.of("no-cache");
        Optional<String> age = ForeignValues.seconds(word).map(seconds -> "max-age=" + seconds);
        if (age.isEmpty()) draft.leftOut(expires.get().at(), "`" + expires.get() + "`");
        yield age;
      }
    };
  }

  // --- files

  private List<Map<String, Object>> files(Ask ask, Directive at) {
    NginxScope scope = ask.scope();
    Optional<NginxPaths.Tree> tree = tree(ask);
    if (tree.isEmpty()) {
      draft.leftOut(at.at(), "`" + at + "`: no root that leads there; answers 501 now");
      return List.of(closed(ask.match(), "no root"));
    }
    Path root = tree.get().root();
    Map<String, Object> files = new LinkedHashMap<>();
    files.put("root", root.toString());
    if (!Files.isDirectory(root)) {
      draft.otherwise(at.at(), "`" + at + "`: the gateway does not start without " + root);
    }
    Map<String, Object> change = ask.change().isEmpty() ? tree.get().change() : ask.change();
    List<Map<String, Object>> rest = new ArrayList<>();
    Optional<Directive> tries = scope.find("try_files");
    if (tries.isPresent() && !tried(tries.get(), ask, !change.isEmpty(), files, rest)) {
      draft.leftOut(tries.get().at(), "`" + tries.get() + "`: answers 501 now");
      return List.of(closed(ask.match(), "`try_files` was not converted"));
    }
    scope
        .find("index")
        .map(index -> index.args().stream().filter(name -> name.matches("[^/$]+")).toList())
        .filter(names -> !names.isEmpty())
        .ifPresent(names -> files.put("index", names));
    if (scope.on("autoindex")) files.put("browse", true);
    if (scope.on("gzip_static")) files.put("precompressed", List.of("gzip"));
    if (scope.on("gzip")) {
      files.put("compress", List.of("gzip"));
      scope
          .text("gzip_min_length")
          .flatMap(ForeignValues::size)
          .ifPresent(size -> files.put("compress_min", size));
      List<String> types = new ArrayList<>(List.of("text/html"));
      scope.find("gzip_types").ifPresent(own -> types.addAll(own.args()));
      types.removeIf(type -> !type.matches("[\\w.+-]+/[\\w.+*-]+"));
      files.put("compress_types", types.stream().distinct().toList());
    }
    expires(scope).ifPresent(value -> files.put("cache_control", value));
    Map<String, Object> route = NginxLocations.route(ask.match(), "files", files);
    if (!change.isEmpty()) route.put("rewrite", new LinkedHashMap<>(change));
    responseFields(scope, route);
    rest.addFirst(route);
    return rest;
  }

  private Optional<NginxPaths.Tree> tree(Ask ask) {
    Optional<Directive> alias = ask.scope().own("alias").stream().findFirst();
    if (alias.isPresent()) {
      return NginxPaths.alias(alias.get().arg(0), ask.prefix(), ask.regex(), baseDir);
    }
    return ask.scope()
        .text("root")
        .filter(text -> !NginxText.hasVariable(text))
        .map(text -> new NginxPaths.Tree(baseDir.resolve(text).normalize(), Map.of()));
  }

  /**
   * What is tried besides the path itself.
   *
   * @param changed whether the tree has other paths than requests
   * @param rest gets the routes for what is no file
   * @return false when it leads to something that is neither a file nor a named location
   */
  private static boolean tried(
      Directive tries,
      Ask ask,
      boolean changed,
      Map<String, Object> files,
      List<Map<String, Object>> rest) {
    List<String> words = tries.args();
    if (words.size() < 2 || !words.getFirst().equals("$uri")) return false;
    List<String> others = new ArrayList<>();
    for (int i = 1; i < words.size(); i++) {
      String word = words.get(i);
      boolean last = i == words.size() - 1;
      if (word.equals("$uri/") || (last && word.equals("=404"))) continue;
      if (last && word.startsWith("@")) {
        rest.addAll(ask.named().routes(word));
        if (rest.isEmpty()) return false;
        files.put("pass_on", true);
        continue;
      }
      String plain = word.replaceFirst("\\?.*", "").replaceFirst("^\\$uri", "{path}");
      if (NginxText.hasVariable(plain) || plain.endsWith("/") || plain.endsWith(".php"))
        return false;
      if (!plain.startsWith("/") && !plain.startsWith("{path}")) return false;
      if (changed) return false; // they would be asked for below another folder
      others.add(plain);
    }
    if (!others.isEmpty()) files.put("try", others);
    return true;
  }
}
