package io.fairlead.app.convert;

import static io.fairlead.app.convert.FrpConverter.map;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Tunnels of wmproxy: {@code proxy.server} makes an agent, {@code proxy.center_addr} a server. */
final class WmproxyTunnels {
  private static final String NAME = "tunnels";

  private final Draft draft;
  private final Path baseDir;

  WmproxyTunnels(Draft draft, Path baseDir) {
    this.draft = draft;
    this.baseDir = baseDir;
  }

  void write(Keys proxy) {
    Optional<String> server = proxy.text("server");
    if (server.isPresent()) agent(proxy, server.get());
    else proxy.leaveOut("without `server`", "mappings", "ts", "domain");
    Optional<String> center = proxy.text("center_addr");
    if (center.isPresent()) {
      server(proxy, center.get());
    } else {
      proxy.leaveOut(
          "without `center_addr`",
          "tc",
          "two_way_tls",
          "cert",
          "key",
          "map_http_bind",
          "map_https_bind",
          "map_tcp_bind",
          "map_proxy_bind",
          "map_cert",
          "map_key");
    }
    proxy.take("center");
    proxy.take("server_id");
  }

  // --- the agent

  private void agent(Keys proxy, String server) {
    Map<String, Object> agent = Draft.below(draft.section("tunnels"), "agent");
    agent.put("servers", List.of(server));
    agent.put("identity", map("file", "state/identity.key"));
    proxy.text("domain").ifPresent(name -> agent.put("server_name", name));
    draft.otherwise(
        proxy.at(),
        "`server`: the agent proves a key of its own; put its peer id into the server's `agents`,"
            + " or use a token of `fairlead tunnel token new`");
    draft.otherwise(
        proxy.at(), "`server`: what comes to the proxy here leaves directly; see forward.egress");
    if (!proxy.flag("ts")) draft.otherwise(proxy.at(), "`ts`: the carrier is TLS in any case");
    List<Object> services = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Keys mapping : proxy.each("mappings")) {
      service(mapping, names).ifPresent(services::add);
    }
    agent.put("services", services);
  }

  private Optional<Object> service(Keys mapping, Set<String> names) {
    String given = mapping.text("name").orElse("service");
    String mode = mapping.text("mode").orElse("");
    Optional<String> destination = mapping.text("local_addr");
    Optional<String> type =
        switch (mode) {
          case "http", "https" -> Optional.of("http");
          case "tcp" -> Optional.of("tcp");
          case "proxy" -> Optional.of("socks");
          default -> Optional.empty();
        };
    if (type.isEmpty() || (destination.isEmpty() && !mode.equals("proxy"))) {
      draft.leftOut(mapping.at(), "the mapping `" + given + "`: of mode `" + mode + "`");
      return Optional.empty();
    }
    String base = FrpConverter.name(given);
    String name = base;
    for (int i = 2; !names.add(name); i++) name = base + "_" + i;
    Map<String, Object> service = map("name", name, "type", type.get());
    Optional<String> domain = mapping.text("domain");
    switch (type.get()) {
      case "socks" ->
          draft.otherwise(
              mapping.at(), "mode `proxy`: private addresses are refused; see `destinations`");
      case "tcp" -> {
        service.put("destination", destination.orElseThrow());
        draft.otherwise(mapping.at(), "mode `tcp`: it has a port of the server for itself");
      }
      default -> {
        service.put("destination", destination.orElseThrow());
        domain.ifPresent(host -> service.put("hosts", List.of(host)));
        draft.otherwise(
            mapping.at(), "`domain`: the server must allow the agent it (allow.http_hosts)");
      }
    }
    mapping.leaveOut("fields are not changed here", "headers");
    mapping.rest();
    return Optional.of(service);
  }

  // --- the server

  private void server(Keys proxy, String listen) {
    Map<String, Object> server = Draft.below(draft.section("tunnels"), "server");
    server.put("listen", listen);
    server.put("tls", map("cert", certificate(proxy, "cert", "key").orElseGet(this::ownCert)));
    server.put("agents", List.of());
    draft.otherwise(
        proxy.at(),
        "`center_addr`: each agent has a key or token of its own in `agents`: fairlead tunnel"
            + " token new NAME");
    if (!proxy.flag("tc")) draft.otherwise(proxy.at(), "`tc`: the carrier is TLS in any case");
    if (proxy.flag("two_way_tls")) {
      proxy.leaveOut("name the certificates of agents in `client_cert`", "two_way_tls");
    }
    Map<String, Object> expose = new LinkedHashMap<>();
    Optional<String> http = proxy.text("map_http_bind");
    Optional<String> https = proxy.text("map_https_bind");
    Optional<String> shown = certificate(proxy, "map_cert", "map_key");
    http.ifPresent(bind -> site(expose, bind, Optional.empty()));
    if (https.isPresent() && shown.isPresent()) site(expose, https.get(), shown);
    // Without a certificate it could not have been served.
    else proxy.leaveOut("it needs map_cert and map_key", "map_https_bind");
    proxy.text("map_tcp_bind").ifPresent(bind -> port(proxy, bind, expose));
    proxy.text("map_proxy_bind").ifPresent(bind -> exit(proxy, bind));
    if (!expose.isEmpty()) server.put("expose", expose);
  }

  private Optional<String> certificate(Keys proxy, String certKey, String keyKey) {
    Optional<String> cert = proxy.text(certKey);
    Optional<String> key = proxy.text(keyKey);
    if (cert.isEmpty() || key.isEmpty()) return Optional.empty();
    Map<String, Object> certs = draft.section("certs");
    String id = Draft.freeId(certs, NAME);
    String file = baseDir.resolve(cert.get()).toString();
    certs.put(id, map("files", map("cert", file, "key", baseDir.resolve(key.get()).toString())));
    return Optional.of(id);
  }

  private String ownCert() {
    Map<String, Object> certs = draft.section("certs");
    String id = Draft.freeId(certs, NAME);
    certs.put(id, map("internal", true, "hosts", List.of("localhost")));
    return id;
  }

  private void site(Map<String, Object> expose, String bind, Optional<String> cert) {
    Map<String, Object> listener = new LinkedHashMap<>();
    listener.put("bind", bind);
    listener.put("proto", "http");
    listener.put("service", NAME);
    cert.ifPresent(id -> listener.put("tls", map("cert", id)));
    Map<String, Object> listeners = draft.section("listeners");
    listeners.put(Draft.freeId(listeners, NAME), listener);
    Map<String, Object> none = map("id", "none", "match", map("path", "/*"));
    none.put("respond", map("status", 404L));
    draft.section("http").put(NAME, map("default", true, "routes", List.of(none)));
    expose.put("http", NAME);
  }

  private void port(Keys proxy, String bind, Map<String, Object> expose) {
    String port = bind.substring(bind.lastIndexOf(':') + 1);
    expose.put("bind", bind.substring(0, bind.lastIndexOf(':')).replaceAll("[\\[\\]]", ""));
    expose.put("tcp_ports", port + "-" + port);
    draft.otherwise(
        proxy.at(),
        "`map_tcp_bind`: each tcp service has a port for itself; widen expose.tcp_ports for more");
  }

  /** A proxy whose connections agents make. */
  private void exit(Keys proxy, String bind) {
    Optional<String> user = proxy.text("username");
    Optional<String> password = proxy.text("password");
    if (user.isEmpty() || password.isEmpty()) {
      proxy.leaveOut(
          "name the agent that it leads to in forward.ID.egress.tunnels", "map_proxy_bind");
      return;
    }
    Map<String, Object> section = draft.section("forward");
    String id = Draft.freeId(section, "exit");
    Map<String, Object> forward =
        map(
            "auth",
            map("users", map(user.get(), password.get())),
            "destinations",
            map("connect_ports", "all"));
    forward.put("egress", map("tunnels", map("agents", new LinkedHashMap<>()), "via", "agents"));
    section.put(id, forward);
    Map<String, Object> listener = map("bind", bind, "proto", "mixed");
    listener.put("service", id);
    Map<String, Object> listeners = draft.section("listeners");
    listeners.put(Draft.freeId(listeners, id), listener);
    draft.otherwise(
        proxy.at(), "`map_proxy_bind`: who logs in as ACCOUNT-AGENT leaves through that agent");
  }
}
