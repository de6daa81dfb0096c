package io.fairlead.app.convert;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Locations of wmproxy as routes. */
final class WmproxyRoutes {
  private static final Pattern URL = Pattern.compile("(https?)://([^/?#]+)(/[^?#]*)?");

  private final Draft draft;
  private final Path baseDir;
  private final WmproxySites sites;
  private final WmproxyRates rates;

  WmproxyRoutes(Draft draft, Path baseDir, WmproxySites sites, WmproxyRates rates) {
    this.draft = draft;
    this.baseDir = baseDir;
    this.sites = sites;
    this.rates = rates;
  }

  /** The routes of one location: a refusal for addresses that may not, then the location. */
  List<Map<String, Object>> write(Keys server, Keys location, List<String> hosts) {
    Map<String, Object> match = new LinkedHashMap<>();
    if (!hosts.isEmpty()) match.put("host", hosts);
    boolean named = !rule(location, match);
    if (named) {
      rest(location);
      return List.of();
    }
    List<String> methods = location.words("method");
    if (!methods.isEmpty()) match.put("method", upper(methods));
    Map<String, Object> route = action(server, location, match);
    fields(server, location, route);
    rates.limit(location, route);
    WmproxyRates.bandwidth(location)
        .ifPresent(rate -> Draft.below(route, "limits").put("bandwidth", rate));
    List<Map<String, Object>> routes = new ArrayList<>();
    List<String> denied = blocks(location.inherited("deny_ip"));
    List<String> allowed = blocks(location.inherited("allow_ip"));
    if (!denied.isEmpty()) routes.add(refused(match, denied));
    if (!allowed.isEmpty()) {
      Map<String, Object> narrowed = new LinkedHashMap<>(match);
      // Both must hold: what the rule says of the client must not be replaced.
      Object before = narrowed.putIfAbsent("client_ip", allowed);
      if (before != null) before = narrowed.putIfAbsent("remote_ip", allowed);
      if (before == null) {
        route.put("match", narrowed);
        routes.add(route);
      } else {
        draft.leftOut(location.at(), "`allow_ip` beside a rule with addresses: answers 403 now");
      }
      routes.add(
          NginxLocations.route(match, "respond", new LinkedHashMap<>(Map.of("status", 403L))));
    } else {
      routes.add(route);
    }
    rest(location);
    return routes;
  }

  private static Map<String, Object> refused(Map<String, Object> match, List<String> denied) {
    Map<String, Object> narrowed = new LinkedHashMap<>(match);
    narrowed.put("client_ip", denied);
    return NginxLocations.route(narrowed, "respond", new LinkedHashMap<>(Map.of("status", 403L)));
  }

  private static List<String> blocks(Optional<String> text) {
    List<String> blocks = new ArrayList<>();
    for (String word : text.orElse("").strip().split("[\\s,]+", -1)) {
      if (word.isEmpty()) continue;
      blocks.add(word.contains("/") ? word : word + (word.contains(":") ? "/128" : "/32"));
    }
    return blocks;
  }

  /** False for a location that only others name. */
  private boolean rule(Keys location, Map<String, Object> match) {
    Optional<Keys> table = location.inner("rule");
    Optional<String> path = table.isPresent() ? table.get().text("path") : location.text("rule");
    if (path.filter(text -> text.startsWith("@")).isPresent()) {
      draft.leftOut(location.at(), "location `" + path.get() + "`: named locations");
      return false;
    }
    path.ifPresent(text -> path(location, text, match));
    table.ifPresent(
        rule -> {
          rule.text("host").ifPresent(host -> match.put("host", List.of(host)));
          List<String> methods = rule.words("method");
          if (!methods.isEmpty()) match.put("method", upper(methods));
          List<String> schemes = rule.words("scheme");
          if (!schemes.isEmpty()) match.put("scheme", schemes);
          List<String> clients = blocks(rule.text("client_ip"));
          if (!clients.isEmpty()) match.put("client_ip", clients);
          List<String> peers = blocks(rule.text("remote_ip"));
          if (!peers.isEmpty()) match.put("remote_ip", peers);
          rule.rest();
        });
    return true;
  }

  private void path(Keys location, String text, Map<String, Object> match) {
    if (text.equals("/") || text.equals("*") || text.equals("/*")) return;
    if (text.startsWith("/") && (text.contains("*") || text.contains("?"))) {
      match.put("path", text);
      return;
    }
    String regex = text.startsWith("/") ? "^" + NginxText.quoted(text) : text;
    match.put("path", new LinkedHashMap<>(Map.of("regex", regex)));
    if (text.startsWith("/")) {
      draft.otherwise(location.at(), "rule `" + text + "`: at the beginning of the path only");
    }
  }

  private static List<String> upper(List<String> methods) {
    return methods.stream().map(method -> method.toUpperCase(Locale.ROOT)).toList();
  }

  // --- actions

  private Map<String, Object> action(Keys server, Keys location, Map<String, Object> match) {
    Optional<Keys> files = location.inner("file_server");
    if (files.isPresent()) {
      Optional<String> prefix = files.get().text("prefix").filter(text -> text.matches("/[!-~]+"));
      Map<String, Object> route =
          NginxLocations.route(match, "files", files(server, location, files.get()));
      prefix.ifPresent(
          text -> route.put("rewrite", new LinkedHashMap<>(Map.of("strip_prefix", text))));
      return route;
    }
    Optional<Keys> fixed = location.inner("static_response");
    if (fixed.isPresent()) return NginxLocations.route(match, "respond", fixed(fixed.get()));
    Optional<String> url =
        location
            .text("proxy_url")
            .or(() -> location.text("reverse_proxy"))
            .or(() -> server.text("proxy_url"));
    if (url.isPresent()) return passed(location, url.get(), match);
    Optional<List<String>> tried = tried(location);
    if (tried.isPresent()) return NginxLocations.route(match, "try", tried.get());
    location.leaveOut("answers 501 now", "try_paths", "static_response");
    Map<String, Object> respond = new LinkedHashMap<>();
    respond.put("status", 501L);
    respond.put("body", "501 not converted\n");
    draft.leftOut(location.at(), "a location without files, answer or proxy_url: answers 501 now");
    return NginxLocations.route(match, "respond", respond);
  }

  /** Paths to ask other locations for; empty when there are none, or others than we know. */
  private static Optional<List<String>> tried(Keys location) {
    List<String> words =
        location.words("try_paths").stream().map(word -> word.replace("$path", "{path}")).toList();
    boolean known =
        !words.isEmpty()
            && !words.getFirst().startsWith("=")
            && words.stream()
                .limit(words.size() - 1L)
                .allMatch(word -> word.matches("(/|\\{path})[^$]*"))
            && words.getLast().matches("(/|\\{path})[^$]*|=[2-5]\\d\\d");
    return known ? Optional.of(words) : Optional.empty();
  }

  private static Map<String, Object> fixed(Keys fixed) {
    Map<String, Object> respond = new LinkedHashMap<>();
    respond.put("status", fixed.text("status").flatMap(NginxUpstreams::number).orElse(200L));
    fixed.text("body").ifPresent(body -> respond.put("body", body));
    fixed.rest();
    return respond;
  }

  private Map<String, Object> passed(Keys location, String url, Map<String, Object> match) {
    Matcher parts = URL.matcher(url);
    if (!parts.matches()) {
      draft.leftOut(location.at(), "`" + url + "`: not http or https; answers 501 now");
      return NginxLocations.route(match, "respond", new LinkedHashMap<>(Map.of("status", 501L)));
    }
    if (parts.group(3) != null && parts.group(3).length() > 1) {
      draft.otherwise(location.at(), "`" + url + "`: the request's own path is passed on");
    }
    String upstream = sites.upstreamOf(parts.group(1), parts.group(2));
    Map<String, Object> route = NginxLocations.route(match, "upstream", upstream);
    if (location.flag("is_ws")) route.put("websocket", true);
    Map<String, Object> timeouts = new LinkedHashMap<>();
    WmproxySites.time(location, "proxy_timeout", timeouts, "response_header");
    WmproxySites.time(location, "proxy_connect_timeout", timeouts, "connect");
    WmproxySites.time(location, "proxy_read_timeout", timeouts, "response_idle");
    if (!timeouts.isEmpty()) route.put("timeouts", timeouts);
    return route;
  }

  private Map<String, Object> files(Keys server, Keys location, Keys files) {
    Map<String, Object> ours = new LinkedHashMap<>();
    String root =
        files
            .text("root")
            .or(() -> location.text("root"))
            .or(() -> server.text("root"))
            .orElse(".");
    ours.put("root", baseDir.resolve(root).normalize().toString());
    List<String> index = files.words("index");
    ours.put("index", index.isEmpty() ? List.of("index.html", "index.htm") : index);
    if (files.flag("browse")) ours.put("browse", true);
    List<String> hide = files.words("hide");
    if (!hide.isEmpty()) ours.put("hide", hide);
    List<String> coded =
        files.words("precompressed").stream().filter(List.of("br", "gzip")::contains).toList();
    if (!coded.isEmpty()) ours.put("precompressed", coded);
    if (!files.flag("disable_compress")) ours.put("compress", List.of("br", "gzip"));
    files
        .text("cache_time")
        .flatMap(ForeignValues::seconds)
        .ifPresent(seconds -> ours.put("cache_control", "max-age=" + seconds));
    if (files.flag("cors")) ours.put("cors", List.of("*"));
    files
        .take("ext_mimetype")
        .ifPresent(
            types -> {
              if (types instanceof Foreign.Table(Map<String, Foreign> entries, Place _)) {
                Map<String, Object> mime = new LinkedHashMap<>();
                entries.forEach((ext, type) -> type.text().ifPresent(t -> mime.put(ext, t)));
                ours.put("mime", mime);
              }
            });
    files.leaveOut("see error_pages", "path404", "status");
    files.leaveOut("files of unknown kind are application/octet-stream", "default_mimetype");
    files
        .text("robots")
        .filter(List.of("allow", "deny")::contains)
        .ifPresentOrElse(
            word -> ours.put("robots", word),
            () -> files.leaveOut("only allow and deny are known", "robots"));
    files.rest();
    return ours;
  }

  // --- fields

  private void fields(Keys server, Keys location, Map<String, Object> route) {
    List<List<String>> rules = new ArrayList<>(rules(server));
    List<List<String>> own = rules(location);
    if (route.containsKey("try")) { // who answers has its own
      if (!own.isEmpty()) draft.leftOut(location.at(), "`headers` beside `try_paths`");
      return;
    }
    rules.addAll(own);
    Map<String, Object> headers = new LinkedHashMap<>();
    for (List<String> rule : rules) {
      List<String> words = new ArrayList<>(rule);
      boolean request = !words.isEmpty() && words.getFirst().equals("proxy");
      if (request) words.removeFirst();
      String sign =
          !words.isEmpty() && words.getFirst().matches("[+?-]") ? words.removeFirst() : "";
      if (words.isEmpty()) continue;
      String name = words.removeFirst();
      String value = String.join(" ", words);
      Map<String, Object> side = Draft.below(headers, request ? "request" : "response");
      switch (sign) {
        case "-" -> removed(side, name);
        case "+" -> Draft.below(side, "add").put(name, value);
        case "?" -> Draft.below(side, "default").put(name, value);
        default -> Draft.below(side, "set").put(name, value);
      }
    }
    if (!headers.isEmpty()) route.put("headers", headers);
  }

  private static void removed(Map<String, Object> side, String name) {
    List<Object> names = new ArrayList<>();
    if (side.get("remove") instanceof List<?> before) names.addAll(before);
    names.add(name);
    side.put("remove", names);
  }

  private static List<List<String>> rules(Keys keys) {
    List<List<String>> rules = new ArrayList<>();
    keys.take("headers")
        .ifPresent(
            value -> {
              if (!(value instanceof Foreign.Items(List<Foreign> items, Place _))) return;
              for (Foreign item : items) {
                item.text().ifPresent(text -> rules.add(List.of(text.strip().split("\\s+", -1))));
              }
            });
    return rules;
  }

  private static void rest(Keys location) {
    location.take("root");
    location.take("up_name");
    location.take("is_ws");
    location.leaveOut("answers 501 now", "try_paths");
    WmproxySites.unlimited(location);
    location.rest();
  }
}
