package io.fairlead.app.convert;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code http} of wmproxy: servers, their listeners, and upstreams. */
final class WmproxySites {
  private final Draft draft;
  private final Path baseDir;
  private final WmproxyRates rates;
  private final Map<String, String> upstreams = new LinkedHashMap<>();

  WmproxySites(Draft draft, Path baseDir) {
    this.draft = draft;
    this.baseDir = baseDir;
    this.rates = new WmproxyRates(draft);
  }

  void write(Keys top) {
    top.each("upstream").forEach(this::upstream);
    Optional<Keys> found = top.inner("http");
    if (found.isEmpty()) return;
    Keys http = found.get();
    http.each("upstream").forEach(this::upstream);
    rates.define(http);
    Map<String, List<Map<String, Object>>> byAddress = new LinkedHashMap<>();
    for (Keys server : http.each("server")) server(server, byAddress);
    unlimited(http);
    http.rest();
  }

  // --- upstreams

  void upstream(Keys upstream) {
    String name = upstream.text("name").orElse("upstream");
    boolean datagrams = upstream.text("bind").filter("udp"::equals).isPresent();
    List<Map<String, Object>> endpoints = new ArrayList<>();
    long fall = 2;
    String time = "30s";
    for (Keys server : upstream.each("server")) {
      Optional<String> address = server.text("addr");
      if (address.isEmpty()) continue;
      Map<String, Object> endpoint = new LinkedHashMap<>();
      if (datagrams) endpoint.put("address", address.get());
      else endpoint.put("url", "http://" + address.get());
      server
          .text("weight")
          .flatMap(NginxUpstreams::number)
          .ifPresent(weight -> endpoint.put("weight", Math.clamp(weight, 1, 1000)));
      endpoints.add(endpoint);
      fall = server.text("fall_times").flatMap(NginxUpstreams::number).orElse(fall);
      time = server.text("fail_timeout").flatMap(ForeignValues::duration).orElse(time);
      server.leaveOut("an endpoint that was left alone gets requests again", "rise_times");
      server.rest();
    }
    Map<String, Object> passive = new LinkedHashMap<>();
    passive.put("connect_fail", Math.max(1, fall));
    passive.put("consecutive_5xx", "off");
    passive.put("consecutive_gateway", "off");
    passive.put("base", time);
    Map<String, Object> ours = new LinkedHashMap<>();
    ours.put("endpoints", endpoints);
    ours.put("balance", "random");
    ours.put("passive", passive);
    Map<String, Object> section = draft.section("upstreams");
    String id = Draft.freeId(section, name);
    section.put(id, ours);
    upstreams.put(name, id);
    upstream.rest();
  }

  /** The upstream of that name. */
  Optional<String> named(String name) {
    return Optional.ofNullable(upstreams.get(name));
  }

  /** The upstream of a name, or of an address that no upstream has as its name. */
  String upstreamOf(String scheme, String address) {
    String known = upstreams.get(scheme.equals("https") ? "https://" + address : address);
    if (known != null) return known;
    Map<String, Object> section = draft.section("upstreams");
    String id = Draft.freeId(section, address);
    Map<String, Object> endpoint = new LinkedHashMap<>(Map.of("url", scheme + "://" + address));
    section.put(id, new LinkedHashMap<>(Map.of("endpoints", List.of(endpoint))));
    upstreams.put(scheme.equals("https") ? "https://" + address : address, id);
    return id;
  }

  // --- servers

  private void server(Keys server, Map<String, List<Map<String, Object>>> byAddress) {
    server.each("upstream").forEach(this::upstream);
    Optional<String> name = server.text("up_name").or(() -> server.text("server_name"));
    server.take("server_name");
    var routes = new WmproxyRoutes(draft, baseDir, this, rates);
    List<Map<String, Object>> written = new ArrayList<>();
    for (Keys location : server.each("location")) {
      routes.write(server, location, host(server, name)).forEach(written::add);
    }
    for (String key : List.of("bind_addr", "bind_ssl")) {
      Optional<String> bind = server.text(key);
      if (bind.isEmpty()) continue;
      List<Map<String, Object>> site = byAddress.get(bind.get());
      if (site == null) {
        site = new ArrayList<>();
        byAddress.put(bind.get(), site);
        boolean tls =
            key.equals("bind_ssl") || (server.text("bind_ssl").isEmpty() && certified(server));
        listener(server, bind.get(), tls, name, site);
      } else if (certified(server)) {
        draft.leftOut(server.at(), "`cert` of a second server on " + bind.get());
      }
      site.addAll(written);
    }
    server.take("cert");
    server.take("key");
    server.take("root");
    server.take("headers");
    server.take("proxy_url");
    unlimited(server);
    server.rest();
  }

  private static boolean certified(Keys server) {
    return server.text("cert").isPresent() && server.text("key").isPresent();
  }

  /** A server with a name answers for that name only, where it is one. */
  private static List<String> host(Keys server, Optional<String> name) {
    Optional<String> domain = server.text("domain").or(() -> name.filter(n -> n.contains(".")));
    return domain.map(List::of).orElse(List.of());
  }

  private void listener(
      Keys server,
      String bind,
      boolean tls,
      Optional<String> name,
      List<Map<String, Object>> routes) {
    Map<String, Object> http = draft.section("http");
    String id = Draft.freeId(http, name.orElse("site"));
    Map<String, Object> site = new LinkedHashMap<>();
    site.put("default", true);
    limits(server, site);
    site.put("routes", routes);
    http.put(id, site);
    Map<String, Object> listeners = draft.section("listeners");
    Map<String, Object> listener = new LinkedHashMap<>();
    listener.put("bind", bind);
    listener.put("proto", "http");
    listener.put("service", id);
    if (tls) listener.put("tls", new LinkedHashMap<>(Map.of("cert", certificate(server, id))));
    String port = bind.substring(bind.lastIndexOf(':') + 1);
    listeners.put(Draft.freeId(listeners, (tls ? "https_" : "http_") + port), listener);
  }

  private String certificate(Keys server, String id) {
    Map<String, Object> files = new LinkedHashMap<>();
    files.put("cert", baseDir.resolve(server.text("cert").orElse("")).toString());
    files.put("key", baseDir.resolve(server.text("key").orElse("")).toString());
    Map<String, Object> certs = draft.section("certs");
    String cert = Draft.freeId(certs, id);
    certs.put(cert, new LinkedHashMap<>(Map.of("files", files)));
    return cert;
  }

  private static void limits(Keys server, Map<String, Object> site) {
    Map<String, Object> timeouts = new LinkedHashMap<>();
    time(server, "client_read_timeout", timeouts, "body_idle");
    time(server, "client_write_timeout", timeouts, "write_stall");
    time(server, "client_ka_timeout", timeouts, "keep_alive");
    time(server, "client_timeout", timeouts, "header");
    if (!timeouts.isEmpty()) site.put("timeouts", timeouts);
    server
        .inherited("max_read_buf")
        .flatMap(ForeignValues::bytes)
        .ifPresent(
            bytes -> Draft.below(site, "limits").put("head", Math.clamp(bytes, 1024, 1 << 20)));
    server
        .inherited("rate_limit")
        .flatMap(_ -> WmproxyRates.bandwidth(server))
        .ifPresent(rate -> Draft.below(site, "limits").put("bandwidth", rate));
  }

  static void time(Keys keys, String theirs, Map<String, Object> into, String ours) {
    keys.inherited(theirs)
        .flatMap(ForeignValues::duration)
        .filter(time -> !time.equals("0s"))
        .ifPresent(time -> into.put(ours, time));
  }

  /** Keys that any level may have: those read elsewhere, and those we have no counterpart for. */
  static void unlimited(Keys keys) {
    for (String read :
        List.of(
            "max_read_buf",
            "client_read_timeout",
            "client_write_timeout",
            "client_ka_timeout",
            "client_timeout",
            "proxy_connect_timeout",
            "proxy_read_timeout",
            "proxy_timeout",
            "allow_ip",
            "deny_ip",
            "domain")) {
      keys.take(read);
    }
    keys.leaveOut("writing to an upstream has no time of its own", "proxy_write_timeout");
    keys.take("limit_req");
    keys.take("rate_limit");
    keys.leaveOut("see limits.bandwidth", "rate_limit_nums", "rate_limit_per");
    keys.leaveOut(
        "the log goes to standard error", "access_log", "error_log", "log_format", "log_names");
  }
}
