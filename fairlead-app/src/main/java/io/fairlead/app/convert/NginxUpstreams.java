package io.fairlead.app.convert;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where {@code proxy_pass} leads: {@code upstream} blocks and single servers. */
final class NginxUpstreams {
  private static final int ATTEMPTS_MAX = 10;
  private static final List<String> RETRY_ON =
      List.of("connect", "refused_stream", "reset_before_headers");

  private final Draft draft;
  private final Path baseDir;
  private final Map<String, Directive> blocks = new HashMap<>();
  private final Map<String, String> ids = new HashMap<>();

  /**
   * @param baseDir what names of files are relative to
   */
  NginxUpstreams(Draft draft, Path baseDir, List<Directive> http) {
    this.draft = draft;
    this.baseDir = baseDir;
    for (Directive directive : http) {
      if (directive.name().equals("upstream")) blocks.put(directive.arg(0), directive);
    }
  }

  /**
   * A way to servers.
   *
   * @param host what {@code $proxy_host} stands for
   */
  record Target(String id, String host) {}

  /**
   * The upstream for one address, written when it is first asked for.
   *
   * @param scheme http or https
   * @param address of {@code proxy_pass} without scheme and path
   */
  Target target(String scheme, String address, Directive pass, NginxScope scope) {
    Map<String, Object> tls = scheme.equals("https") ? tls(pass, scope) : Map.of();
    String key = scheme + "://" + address + " " + tls;
    String id = ids.get(key);
    if (id == null) {
      Map<String, Object> section = draft.section("upstreams");
      id = Draft.freeId(section, address.replace("unix:/", ""));
      ids.put(key, id);
      Map<String, Object> upstream = new LinkedHashMap<>();
      section.put(id, upstream);
      Directive block = blocks.get(address);
      if (block == null) single(upstream, scheme, address);
      else group(upstream, scheme, block);
      if (!tls.isEmpty()) upstream.put("tls", tls);
    }
    return new Target(id, address);
  }

  private static void single(Map<String, Object> upstream, String scheme, String address) {
    upstream.put("endpoints", List.of(endpoint(scheme, address)));
    upstream.put("retry", Map.of("on", RETRY_ON));
  }

  private static Map<String, Object> endpoint(String scheme, String address) {
    Map<String, Object> endpoint = new LinkedHashMap<>();
    if (address.startsWith("unix:")) endpoint.put("address", address);
    else endpoint.put("url", scheme + "://" + address);
    return endpoint;
  }

  private void group(Map<String, Object> upstream, String scheme, Directive block) {
    List<Map<String, Object>> endpoints = new ArrayList<>();
    Passive passive = new Passive();
    boolean weighted = false;
    boolean backups = false;
    for (Directive directive : block.inner()) {
      if (!directive.name().equals("server")) continue;
      Map<String, Object> endpoint = endpoint(scheme, directive.arg(0));
      if (server(directive, endpoint, upstream, passive)) {
        endpoints.add(endpoint);
        weighted |= endpoint.containsKey("weight");
        backups |= endpoint.containsKey("group");
      }
    }
    if (weighted) endpoints.forEach(endpoint -> endpoint.putIfAbsent("weight", 1L));
    upstream.put("endpoints", endpoints);
    upstream.put("balance", balance(block));
    if (backups) {
      endpoints.forEach(endpoint -> endpoint.putIfAbsent("group", 0L));
      upstream.put("balance", "failover");
      draft.otherwise(
          block.at(),
          "`backup`: groups are tried in order (`failover`); the way to balance is lost");
    }
    pool(upstream, block);
    Map<String, Object> retry = new LinkedHashMap<>();
    if (endpoints.size() > 2) {
      retry.put("attempts", (long) Math.min(ATTEMPTS_MAX, endpoints.size()));
    }
    retry.put("on", RETRY_ON);
    upstream.put("retry", retry);
    upstream.put("passive", passive.written());
  }

  /** Reads the words of one server; false when it is left out. */
  private boolean server(
      Directive server,
      Map<String, Object> endpoint,
      Map<String, Object> upstream,
      Passive passive) {
    Optional<String> fails = Optional.empty();
    Optional<String> failTime = Optional.empty();
    for (String word :
        server.args().subList(Math.min(1, server.args().size()), server.args().size())) {
      int equals = word.indexOf('=');
      String name = equals < 0 ? word : word.substring(0, equals);
      String value = equals < 0 ? "" : word.substring(equals + 1);
      switch (name) {
        case "weight" -> number(value).ifPresent(n -> endpoint.put("weight", Math.min(n, 1000)));
        case "backup" -> endpoint.put("group", 1L);
        case "max_fails" -> fails = Optional.of(value);
        case "fail_timeout" -> failTime = ForeignValues.duration(value);
        case "slow_start" ->
            ForeignValues.duration(value).ifPresent(time -> upstream.put("slow_start", time));
        case "down" -> {
          draft.otherwise(server.at(), "`" + server + "`: marked down, left out");
          return false;
        }
        default -> draft.leftOut(server.at(), "`" + word + "` of `" + server + "`");
      }
    }
    passive.take(number(fails.orElse("1")).orElse(1L), failTime.orElse("10s"));
    return true;
  }

  private Object balance(Directive block) {
    for (Directive directive : block.inner()) {
      switch (directive.name()) {
        case "least_conn" -> {
          return "least_conn";
        }
        case "ip_hash" -> {
          return byKey("client_ip");
        }
        case "hash" -> {
          return hash(directive);
        }
        case "random" -> {
          return directive.arg(0).equals("two") ? "p2c_ewma" : "random";
        }
        case "least_time" -> {
          draft.otherwise(directive.at(), "`least_time`: the faster of two by chance");
          return "p2c_ewma";
        }
        default -> {}
      }
    }
    return "round_robin";
  }

  private Object hash(Directive hash) {
    String key = hash.arg(0);
    if (key.equals("$request_uri") || key.equals("$uri")) {
      if (key.equals("$request_uri")) {
        draft.otherwise(hash.at(), "`" + hash + "`: the path without its query is the key");
      }
      return byKey("path");
    }
    if (key.equals("$remote_addr") || key.equals("$binary_remote_addr")) return byKey("client_ip");
    if (key.startsWith("$cookie_")) return byKey("cookie:" + key.substring("$cookie_".length()));
    if (key.startsWith("$http_")) {
      return byKey("header:" + key.substring("$http_".length()).replace('_', '-'));
    }
    draft.otherwise(hash.at(), "`" + hash + "`: the client's address is the key");
    return byKey("client_ip");
  }

  private static Map<String, Object> byKey(String key) {
    Map<String, Object> balance = new LinkedHashMap<>();
    balance.put("type", "ring_hash");
    balance.put("key", key);
    return balance;
  }

  private void pool(Map<String, Object> upstream, Directive block) {
    Map<String, Object> pool = new LinkedHashMap<>();
    for (Directive directive : block.inner()) {
      switch (directive.name()) {
        case "server", "least_conn", "ip_hash", "hash", "random", "least_time", "zone" -> {}
        case "keepalive" ->
            number(directive.arg(0)).ifPresent(n -> pool.put("idle", Math.min(n, 1024)));
        case "keepalive_timeout" ->
            ForeignValues.duration(directive.arg(0)).ifPresent(t -> pool.put("idle_timeout", t));
        case "keepalive_requests" ->
            number(directive.arg(0)).ifPresent(n -> pool.put("max_requests", n));
        case "keepalive_time" ->
            ForeignValues.duration(directive.arg(0)).ifPresent(t -> pool.put("max_age", t));
        default -> draft.leftOut(directive.at(), "`" + directive + "`");
      }
    }
    if (!pool.isEmpty()) upstream.put("pool", pool);
  }

  private Map<String, Object> tls(Directive pass, NginxScope scope) {
    Map<String, Object> tls = new LinkedHashMap<>();
    scope
        .text("proxy_ssl_trusted_certificate")
        .ifPresent(file -> tls.put("ca", baseDir.resolve(file).toString()));
    scope
        .text("proxy_ssl_name")
        .filter(name -> !NginxText.hasVariable(name))
        .ifPresent(name -> tls.put("server_name", name));
    scope
        .text("proxy_ssl_certificate")
        .ifPresent(file -> tls.put("cert", baseDir.resolve(file).toString()));
    scope
        .text("proxy_ssl_certificate_key")
        .ifPresent(file -> tls.put("key", baseDir.resolve(file).toString()));
    if (!scope.on("proxy_ssl_verify")) {
      draft.otherwise(
          pass.at(), "`" + pass + "`: the server's certificate is verified; see upstreams.*.tls");
    }
    return tls;
  }

  static Optional<Long> number(String text) {
    return text.matches("\\d{1,9}") ? Optional.of(Long.valueOf(text)) : Optional.empty();
  }

  /** {@code max_fails} and {@code fail_timeout}, which we have for the whole upstream. */
  private static final class Passive {
    private long fails;
    private String time = "10s";

    void take(long maxFails, String failTimeout) {
      if (maxFails >= fails) {
        fails = maxFails;
        time = failTimeout;
      }
    }

    Map<String, Object> written() {
      Map<String, Object> passive = new LinkedHashMap<>();
      passive.put("connect_fail", fails == 0 ? "off" : (Object) fails);
      passive.put("consecutive_5xx", "off");
      passive.put("consecutive_gateway", "off");
      passive.put("base", time);
      return passive;
    }
  }
}
