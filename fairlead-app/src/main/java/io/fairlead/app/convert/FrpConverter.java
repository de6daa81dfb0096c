package io.fairlead.app.convert;

import io.fairlead.core.config.ConfigSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A configuration of frps or frpc (TOML, YAML or JSON, as frp has them since 0.52, or the INI form
 * before that) as ours. The one token that all its clients share has no counterpart: agents have
 * credentials of their own. One use.
 */
final class FrpConverter {
  private static final String PORT = "[1-9][0-9]{0,4}";
  private static final String CERT = "tunnels";

  private final Draft draft = new Draft();

  private FrpConverter() {}

  static Conversion convert(ConfigSource source) throws ConversionException {
    FrpConverter converter = new FrpConverter();
    Keys top =
        new Keys(
            FrpIni.is(source) ? FrpIni.read(source) : ForeignFile.read(source),
            Optional.empty(),
            converter.draft);
    boolean client =
        top.take("serverAddr").isPresent()
            || top.take("serverPort").isPresent()
            || top.take("proxies").isPresent()
            || top.take("visitors").isPresent();
    if (client) converter.client(top);
    else converter.server(top);
    top.rest();
    return converter.draft.done();
  }

  // ---- frps -------------------------------------------------------------------------------

  private void server(Keys top) {
    String address = top.text("bindAddr").orElse("0.0.0.0");
    String proxies = top.text("proxyBindAddr").orElse(address);
    Map<String, Object> server = Draft.below(draft.section("tunnels"), "server");
    server.put("listen", at(address, port(top, "bindPort").orElse("7000")));
    server.put("tls", map("cert", CERT));
    server.put("agents", List.of());
    Optional<Keys> transport = top.inner("transport");
    certificate(transport.flatMap(keys -> keys.inner("tls")));
    transport.ifPresent(this::tuning);
    auth(top, "agents have a token each: fairlead tunnel token new NAME");
    Map<String, Object> expose = Draft.below(server, "expose");
    Optional<String> base = top.text("subDomainHost");
    port(top, "vhostHTTPPort").ifPresent(http -> site(expose, proxies, http, base));
    expose.put("bind", proxies);
    port(top, "vhostHTTPSPort").ifPresent(https -> expose.put("https", at(proxies, https)));
    ports(top, expose);
    port(top, "maxPortsPerClient").ifPresent(most -> limits(server).put("services", number(most)));
    top.inner("log").ifPresent(this::log);
    top.leaveOut("the carrier is TLS over TCP", "kcpBindPort", "quicBindPort");
    top.leaveOut("see `control` for the API and the dashboard", "webServer", "enablePrometheus");
    top.leaveOut(
        "no counterpart",
        "vhostHTTPTimeout",
        "custom404Page",
        "tcpmuxHTTPConnectPort",
        "tcpmuxPassthrough",
        "sshTunnelGateway",
        "httpPlugins",
        "natholeAnalysisDataReserveHours");
    for (String harmless : List.of("detailedErrorsToClient", "userConnTimeout", "udpPacketSize")) {
      top.take(harmless);
    }
  }

  private void certificate(Optional<Keys> tls) {
    Optional<String> cert = tls.flatMap(keys -> keys.text("certFile"));
    Optional<String> key = tls.flatMap(keys -> keys.text("keyFile"));
    Map<String, Object> own = Draft.below(draft.section("certs"), CERT);
    if (cert.isPresent() && key.isPresent()) {
      own.put("files", map("cert", cert.get(), "key", key.get()));
    } else {
      own.put("internal", true);
      own.put("hosts", List.of("localhost"));
    }
    tls.ifPresent(
        keys -> {
          keys.take("force"); // always
          keys.leaveOut("name the certificates of agents in `client_cert`", "trustedCaFile");
          keys.rest();
        });
  }

  private void site(
      Map<String, Object> expose, String address, String port, Optional<String> base) {
    Map<String, Object> listener = new LinkedHashMap<>();
    listener.put("bind", at(address, port));
    listener.put("proto", "http");
    listener.put("service", "tunnels");
    draft.section("listeners").put("tunnels", listener);
    Map<String, Object> site = Draft.below(draft.section("http"), "tunnels");
    site.put("default", true);
    Map<String, Object> none = map("id", "none", "match", map("path", "/*"));
    none.put("respond", map("status", 404L));
    site.put("routes", List.of(none));
    expose.put("http", "tunnels");
    base.ifPresent(host -> expose.put("url", "http://" + host + ":" + port));
  }

  /** All it allows as one range; which agent may ask for which is ours to say by agent. */
  private void ports(Keys top, Map<String, Object> expose) {
    List<Keys> allowed = top.each("allowPorts");
    int first = 65_536;
    int last = 0;
    for (Keys each : allowed) {
      Optional<String> single = port(each, "single");
      Optional<String> start = single.isPresent() ? single : port(each, "start");
      Optional<String> end = single.isPresent() ? single : port(each, "end");
      each.rest();
      if (start.isEmpty() || end.isEmpty()) continue;
      if (allowed.size() > 1) {
        draft.leftOut(
            each.at(),
            "`allowPorts`: ports an agent may ask for by number are in its `allow.tcp_ports`");
        continue;
      }
      first = Integer.parseInt(start.get());
      last = Integer.parseInt(end.get());
    }
    if (last >= first) {
      String range = first + "-" + last;
      expose.put("tcp_ports", range);
      expose.put("udp_ports", range);
    } else if (allowed.isEmpty()) {
      draft.otherwise(
          top.at(), "without `allowPorts` every port was free; name them in expose.tcp_ports");
    }
  }

  private static Map<String, Object> limits(Map<String, Object> server) {
    return Draft.below(server, "limits");
  }

  // ---- frpc -------------------------------------------------------------------------------

  private void client(Keys top) {
    Map<String, Object> agent = Draft.below(draft.section("tunnels"), "agent");
    String host = top.text("serverAddr").orElse("127.0.0.1");
    agent.put("servers", List.of(at(host, port(top, "serverPort").orElse("7000"))));
    Optional<String> user = top.text("user");
    user.ifPresent(name -> agent.put("name", name(name)));
    agent.put("identity", map("file", "state/identity.key"));
    auth(
        top,
        "the agent proves a key of its own; put its peer id into the server's `agents`, or use a"
            + " token of `fairlead tunnel token new`");
    Optional<Keys> transport = top.inner("transport");
    transport.flatMap(keys -> keys.inner("tls")).ifPresent(tls -> clientTls(tls, agent));
    transport.ifPresent(this::tuning);
    top.inner("log").ifPresent(this::log);
    Optional<Foreign> only = top.take("start");
    List<String> started =
        only.flatMap(Foreign::text).map(t -> List.of(t.split(" "))).orElse(List.of());
    List<Object> services = new ArrayList<>();
    for (Keys proxy : top.each("proxies")) {
      String name = proxy.text("name").orElse("");
      if (!started.isEmpty() && !started.contains(name)) {
        draft.leftOut(proxy.at(), "`" + name + "`: not among those of `start`");
        continue;
      }
      new FrpProxy(draft, proxy).service().ifPresent(services::add);
    }
    agent.put("services", services);
    List<Object> visits = new ArrayList<>();
    for (Keys visitor : top.each("visitors")) visit(visitor, user).ifPresent(visits::add);
    if (!visits.isEmpty()) agent.put("visits", visits);
    top.take("loginFailExit");
    top.take("udpPacketSize");
    top.leaveOut("convert those files, too", "includes");
    top.leaveOut("see `control`", "webServer");
    top.leaveOut(
        "no counterpart", "natHoleStunServer", "dnsServer", "metadatas", "featureGates", "store");
  }

  private void clientTls(Keys tls, Map<String, Object> agent) {
    tls.take("enable"); // always
    tls.take("disableCustomTLSFirstByte");
    tls.text("serverName").ifPresent(name -> agent.put("server_name", name));
    tls.text("trustedCaFile").ifPresent(file -> agent.put("ca", file));
    Optional<String> cert = tls.text("certFile");
    Optional<String> key = tls.text("keyFile");
    if (cert.isPresent() && key.isPresent() && agent.containsKey("name")) {
      agent.remove("identity");
      agent.put("tls", map("cert", cert.get(), "key", key.get()));
    } else if (cert.isPresent()) {
      draft.leftOut(tls.at(), "`certFile`: the agent proves a key of its own");
    }
    tls.rest();
  }

  private Optional<Object> visit(Keys visitor, Optional<String> user) {
    String name = visitor.text("name").orElse("");
    String type = visitor.text("type").orElse("");
    Optional<String> agent = visitor.text("serverUser").or(() -> user);
    Optional<String> service = visitor.text("serverName");
    Optional<String> key = visitor.text("secretKey");
    Optional<String> port = port(visitor, "bindPort");
    String address = visitor.text("bindAddr").orElse("127.0.0.1");
    boolean fits =
        type.equals("stcp")
            && service.isPresent()
            && key.isPresent()
            && port.isPresent()
            && agent.isPresent();
    if (!fits) {
      draft.leftOut(
          visitor.at(),
          "the visitor `"
              + name
              + "`: one of type stcp with serverUser, serverName, secretKey and bindPort is expected");
      return Optional.empty();
    }
    visitor.take("transport");
    visitor.rest();
    Map<String, Object> visit = new LinkedHashMap<>();
    visit.put("agent", name(agent.get()));
    visit.put("service", name(service.get()));
    visit.put("key", key.get());
    visit.put("bind", at(address, port.get()));
    return Optional.of(visit);
  }

  // ---- both -------------------------------------------------------------------------------

  private void auth(Keys top, String instead) {
    top.inner("auth")
        .ifPresent(
            auth -> {
              auth.leaveOut(instead, "token", "tokenSource", "oidc");
              auth.take("method");
              auth.take("additionalScopes"); // every carrier is bound to its proof
              auth.rest();
            });
  }

  private void tuning(Keys transport) {
    transport.take("tls");
    for (String own :
        List.of(
            "tcpMux",
            "tcpMuxKeepaliveInterval",
            "tcpKeepalive",
            "dialServerTimeout",
            "dialServerKeepalive",
            "heartbeatInterval",
            "heartbeatTimeout",
            "maxPoolCount",
            "poolCount",
            "quic")) {
      transport.take(own); // carriers have their own
    }
    transport
        .take("protocol")
        .filter(value -> !value.text().equals(Optional.of("tcp")))
        .ifPresent(value -> draft.leftOut(value.at(), "`protocol`: the carrier is TLS over TCP"));
    transport.leaveOut("no counterpart", "proxyURL", "connectServerLocalIP");
    transport.rest();
  }

  private void log(Keys log) {
    log.text("level")
        .filter(List.of("error", "warn", "info", "debug", "trace")::contains)
        .ifPresent(level -> draft.section("logs").put("level", level));
    log.take("disablePrintColor");
    log.leaveOut("the log goes to standard error", "to", "maxDays");
    log.rest();
  }

  /** A number that a port could be. */
  static Optional<String> port(Keys keys, String key) {
    return keys.text(key).filter(text -> text.matches(PORT) && Integer.parseInt(text) < 65_536);
  }

  static Long number(String digits) {
    return Long.valueOf(digits);
  }

  /** A name as agents and services have it. */
  static String name(String theirs) {
    String id = Draft.id(theirs);
    return Character.isLetterOrDigit(id.charAt(0)) ? id : "x" + id;
  }

  static String at(String address, String port) {
    return (address.contains(":") ? "[" + address + "]" : address) + ":" + port;
  }

  static Map<String, Object> map(String key, Object value) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(key, value);
    return map;
  }

  static Map<String, Object> map(String key, Object value, String second, Object other) {
    Map<String, Object> map = map(key, value);
    map.put(second, other);
    return map;
  }
}
