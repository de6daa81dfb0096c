package io.fairlead.app.convert;

import java.nio.file.Files;
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
 * Listeners and sites. All servers of one address become one site, since nginx chooses among them
 * by the name that is asked for; addresses with the same servers share it.
 */
final class NginxSites {
  private final Draft draft;
  private final Path baseDir;
  private final NginxLocations locations;
  private final NginxCertificates certificates;
  private final NginxRates rates;
  private final Map<List<NginxServer>, String> sites = new LinkedHashMap<>();

  NginxSites(
      Draft draft,
      Path baseDir,
      NginxLocations locations,
      NginxCertificates certificates,
      NginxRates rates) {
    this.draft = draft;
    this.baseDir = baseDir;
    this.locations = locations;
    this.certificates = certificates;
    this.rates = rates;
  }

  private record Shown(NginxServer server, NginxServer.Listen listen) {}

  void write(List<NginxServer> servers) {
    Map<String, List<Shown>> byAddress = new LinkedHashMap<>();
    for (NginxServer server : servers) {
      for (NginxServer.Listen listen : server.listens()) {
        byAddress
            .computeIfAbsent(listen.bind(), _ -> new ArrayList<>())
            .add(new Shown(server, listen));
      }
    }
    for (Map.Entry<String, List<Shown>> address : byAddress.entrySet()) {
      String bind = address.getKey();
      String both = "[::]" + bind.substring(bind.lastIndexOf(':'));
      if (bind.startsWith("0.0.0.0:") && byAddress.containsKey(both)) {
        draft.otherwise(
            address.getValue().getFirst().listen().at().at(),
            "`listen` on " + bind + " and " + both + ": the latter takes IPv4 as well");
        continue;
      }
      listener(bind, address.getValue());
    }
  }

  private void listener(String bind, List<Shown> shown) {
    Map<String, Object> section = draft.section("listeners");
    Map<String, Object> listener = new LinkedHashMap<>();
    boolean tls = shown.stream().anyMatch(each -> each.listen().tls());
    boolean http2 = shown.stream().anyMatch(each -> each.listen().http2());
    String port = bind.substring(bind.lastIndexOf(':') + 1);
    section.put(Draft.freeId(section, (tls ? "https_" : "http_") + port), listener);
    listener.put("bind", bind);
    listener.put("proto", "http");
    List<NginxServer> servers = new ArrayList<>();
    Shown first =
        shown.stream().filter(each -> each.listen().first()).findFirst().orElse(shown.getFirst());
    servers.add(first.server());
    for (Shown each : shown) if (!servers.contains(each.server())) servers.add(each.server());
    listener.put("service", site(List.copyOf(servers)));
    rates.bound(servers, listener);
    if (tls) listener.put("tls", tls(servers, http2));
    else if (http2) listener.put("h2c", true);
  }

  private Map<String, Object> tls(List<NginxServer> servers, boolean http2) {
    Map<String, Object> tls = new LinkedHashMap<>();
    List<String> more = new ArrayList<>();
    for (NginxServer server : servers) {
      Optional<Directive> cert = server.scope().find("ssl_certificate");
      Optional<Directive> key = server.scope().find("ssl_certificate_key");
      if (cert.isEmpty() || key.isEmpty()) continue;
      String id = certificates.id(nameOf(server), cert.get(), key.get());
      Object first = tls.putIfAbsent("cert", id);
      if (first == null || first.equals(id) || more.contains(id)) continue;
      more.add(id);
      draft.otherwise(
          cert.get().at(), "`" + cert.get() + "`: shown by the names in it, not by `server_name`");
    }
    if (!more.isEmpty()) tls.put("certs", more);
    if (tls.isEmpty()) {
      draft.leftOut(
          servers.getFirst().at().at(), "TLS without a certificate: name one at `tls.cert`");
    }
    Optional<Directive> protocols = servers.getFirst().scope().find("ssl_protocols");
    if (protocols.isPresent()) {
      List<String> versions = protocols.get().args();
      boolean old = versions.contains("TLSv1") || versions.contains("TLSv1.1");
      if (old)
        draft.otherwise(protocols.get().at(), "`" + protocols.get() + "`: 1.2 is the oldest");
      tls.put("min_version", old || versions.contains("TLSv1.2") ? "1.2" : "1.3");
    }
    if (!http2) tls.put("http2", false);
    return tls;
  }

  private static String nameOf(NginxServer server) {
    return server.hosts().isEmpty() ? "site" : server.hosts().getFirst().replace("*.", "");
  }

  private String site(List<NginxServer> servers) {
    String known = sites.get(servers);
    if (known != null) return known;
    Map<String, Object> section = draft.section("http");
    NginxServer first = servers.getFirst();
    String id = Draft.freeId(section, nameOf(first));
    sites.put(servers, id);
    Map<String, Object> site = new LinkedHashMap<>();
    section.put(id, site);
    site.put("default", true);
    common(first.scope(), site);
    site.put("routes", routes(servers));
    return id;
  }

  private List<Map<String, Object>> routes(List<NginxServer> servers) {
    NginxServer first = servers.getFirst();
    List<NginxServer> named = new ArrayList<>(servers.subList(1, servers.size()));
    boolean wild = named.stream().anyMatch(NginxServer::wild);
    if (wild && !first.hosts().isEmpty()) named.add(first);
    named.sort(Comparator.comparing(NginxServer::wild).thenComparingInt(s -> -s.wildLength()));
    List<Map<String, Object>> routes = new ArrayList<>();
    for (NginxServer server : named) {
      if (server.hosts().isEmpty()) {
        draft.leftOut(server.at().at(), "a server without a name beside a default one");
      } else {
        routes.addAll(locations.routes(server, server.hosts(), bodyOf(first.scope())));
      }
    }
    routes.addAll(locations.routes(first, List.of(), bodyOf(first.scope())));
    Set<Object> matches = new HashSet<>();
    routes.removeIf(
        route -> {
          Object match = route.getOrDefault("match", Map.of());
          if (matches.contains(match)) return true;
          if (keepsAll(route)) matches.add(match);
          return false;
        });
    return routes;
  }

  /** Whether nothing of what a route takes comes to a later one. */
  private static boolean keepsAll(Map<String, Object> route) {
    boolean passesOn =
        route.get("files") instanceof Map<?, ?> files && files.containsKey("pass_on");
    return !passesOn && !route.containsKey("try");
  }

  /** Bound of request bodies, as nginx has it when nothing is said. */
  static Object bodyOf(NginxScope scope) {
    String text = scope.text("client_max_body_size").orElse("1m");
    if (text.equals("0")) return "off";
    return ForeignValues.size(text).orElse("1MiB");
  }

  private void common(NginxScope scope, Map<String, Object> site) {
    Map<String, Object> limits = Draft.below(site, "limits");
    limits.put("body", bodyOf(scope));
    scope
        .text("keepalive_requests")
        .flatMap(NginxUpstreams::number)
        .ifPresent(count -> limits.put("requests_per_connection", Math.max(1, count)));
    scope.find("large_client_header_buffers").ifPresent(buffers -> heads(buffers, limits));
    Map<String, Object> timeouts = new LinkedHashMap<>();
    time(scope, "client_header_timeout", timeouts, "header");
    time(scope, "client_body_timeout", timeouts, "body_idle");
    time(scope, "send_timeout", timeouts, "write_stall");
    time(scope, "keepalive_timeout", timeouts, "keep_alive");
    if (!timeouts.isEmpty()) site.put("timeouts", timeouts);
    if (scope.on("underscores_in_headers")) site.put("underscore_headers", "allow");
    trusted(scope, site);
    errorPages(scope, site);
  }

  private static void heads(Directive buffers, Map<String, Object> limits) {
    long count = NginxUpstreams.number(buffers.arg(0)).orElse(4L);
    long size = ForeignValues.bytes(buffers.arg(1)).orElse(8192L);
    limits.put("request_line", Math.clamp(size, 256, 64 << 10));
    limits.put("field", Math.clamp(size, 256, 1 << 20));
    limits.put("head", Math.clamp(count * size, 1024, 1 << 20));
  }

  private void time(NginxScope scope, String theirs, Map<String, Object> into, String ours) {
    Optional<Directive> directive = scope.find(theirs);
    if (directive.isEmpty()) return;
    Optional<String> time = ForeignValues.duration(directive.get().arg(0));
    if (time.isPresent() && !time.get().equals("0s")) into.put(ours, time.get());
    else draft.leftOut(directive.get().at(), "`" + directive.get() + "`");
  }

  private void trusted(NginxScope scope, Map<String, Object> site) {
    List<Directive> from = scope.all("set_real_ip_from");
    if (from.isEmpty()) return;
    Optional<Directive> field = scope.find("real_ip_header");
    if (field.filter(f -> f.arg(0).equalsIgnoreCase("X-Forwarded-For")).isEmpty()) {
      draft.leftOut(
          from.getFirst().at(), "`set_real_ip_from` without `real_ip_header X-Forwarded-For`");
      return;
    }
    site.put(
        "trusted_proxies",
        from.stream()
            .map(directive -> directive.arg(0))
            .map(
                block ->
                    block.contains("/") ? block : block + (block.contains(":") ? "/128" : "/32"))
            .toList());
  }

  private void errorPages(NginxScope scope, Map<String, Object> site) {
    Map<String, Object> pages = new LinkedHashMap<>();
    for (Directive page : scope.all("error_page")) {
      String target = page.args().isEmpty() ? "" : page.args().getLast();
      Optional<Path> file =
          target.startsWith("/")
              ? rootOf(scope, target).map(root -> root.resolve(target.substring(1)))
              : Optional.empty();
      boolean plain = page.args().stream().noneMatch(word -> word.startsWith("="));
      if (!plain || file.filter(Files::isRegularFile).isEmpty()) {
        draft.leftOut(page.at(), "`" + page + "`: only files below the root can be error pages");
        continue;
      }
      for (String status : page.args().subList(0, page.args().size() - 1)) {
        pages.put(status, new LinkedHashMap<>(Map.of("file", file.get().toString())));
      }
      draft.otherwise(page.at(), "`" + page + "`: for errors of the gateway, not of upstreams");
    }
    if (!pages.isEmpty()) site.put("error_pages", pages);
  }

  /** Root of the exact location of a page, or of the server. */
  private Optional<Path> rootOf(NginxScope scope, String page) {
    Optional<String> own =
        scope.own("location").stream()
            .filter(location -> location.arg(0).equals("=") && location.arg(1).equals(page))
            .flatMap(location -> location.inner().stream())
            .filter(directive -> directive.name().equals("root"))
            .map(directive -> directive.arg(0))
            .findFirst();
    return own.or(() -> scope.text("root")).map(baseDir::resolve);
  }
}
