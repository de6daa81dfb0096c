package io.fairlead.app.convert;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Servers of {@code stream} as listeners and stream services. */
final class NginxStreams {
  private static final String NAME = "$ssl_preread_server_name";

  private final Draft draft;
  private final NginxScope stream;
  private final NginxUpstreams upstreams;
  private final NginxCertificates certificates;
  private final Map<String, Directive> maps = new HashMap<>();
  private final List<String> groups;

  NginxStreams(Draft draft, Path baseDir, NginxCertificates certificates, List<Directive> stream) {
    this.draft = draft;
    this.certificates = certificates;
    this.stream = NginxScope.outermost(stream);
    this.upstreams = new NginxUpstreams(draft, baseDir, stream);
    for (Directive directive : stream) {
      if (directive.name().equals("map")) maps.put(directive.arg(1), directive);
    }
    this.groups =
        stream.stream().filter(d -> d.name().equals("upstream")).map(d -> d.arg(0)).toList();
  }

  void write() {
    for (Directive directive : stream.own()) {
      switch (directive.name()) {
        case "server" -> server(directive, stream.within(directive.inner()));
        case "upstream", "map" -> {}
        default -> note(directive);
      }
    }
  }

  private void note(Directive directive) {
    String why = NginxNotes.NEEDLESS.get(directive.name());
    if (why != null) draft.leftOut(directive.at(), "`" + directive + "`: " + why);
    else if (!NginxNotes.OF_STREAMS.contains(directive.name())) {
      draft.leftOut(directive.at(), "`" + directive + "`");
    }
  }

  private void server(Directive server, NginxScope scope) {
    server.inner().forEach(this::note);
    Map<String, Object> service = new LinkedHashMap<>();
    Optional<Directive> pass = scope.own("proxy_pass").stream().findFirst();
    if (pass.isEmpty()) {
      draft.leftOut(server.at(), "a server of `stream` without `proxy_pass`");
      return;
    }
    List<Directive> listens = scope.own("listen");
    if (listens.isEmpty() || !target(pass.get(), scope, service)) return;
    terms(scope, listens.getFirst().args().contains("udp"), service);
    Map<String, Object> section = draft.section("streams");
    String address = listens.getFirst().arg(0);
    String id = Draft.freeId(section, "stream_" + address.substring(address.lastIndexOf(':') + 1));
    section.put(id, service);
    for (Directive listen : listens) listener(listen, scope, id);
  }

  private void listener(Directive listen, NginxScope scope, String service) {
    Map<String, Object> section = draft.section("listeners");
    Map<String, Object> listener = new LinkedHashMap<>();
    String bind = NginxServer.bind(listen.arg(0));
    boolean udp = listen.args().contains("udp");
    listener.put("bind", bind);
    listener.put("proto", udp ? "udp" : "tcp");
    listener.put("service", service);
    List<String> words =
        listen.args().subList(Math.min(1, listen.args().size()), listen.args().size());
    for (String word : words) {
      switch (word) {
        case "udp", "reuseport", "ipv6only=on", "bind" -> {}
        case "ssl" -> tls(listen, scope, listener);
        case "proxy_protocol" -> accept(listen, scope, listener);
        default -> {
          if (!word.startsWith("backlog=") && !word.startsWith("so_keepalive")) {
            draft.leftOut(listen.at(), "`" + word + "` of `" + listen + "`");
          }
        }
      }
    }
    String port = bind.substring(bind.lastIndexOf(':') + 1);
    section.put(Draft.freeId(section, (udp ? "udp_" : "tcp_") + port), listener);
  }

  private void tls(Directive listen, NginxScope scope, Map<String, Object> listener) {
    Optional<Directive> cert = scope.find("ssl_certificate");
    Optional<Directive> key = scope.find("ssl_certificate_key");
    Map<String, Object> tls = new LinkedHashMap<>();
    if (cert.isPresent() && key.isPresent()) {
      tls.put("cert", certificates.id("stream", cert.get(), key.get()));
    } else {
      draft.leftOut(listen.at(), "TLS without a certificate: name one at `tls.cert`");
    }
    listener.put("tls", tls);
  }

  private void accept(Directive listen, NginxScope scope, Map<String, Object> listener) {
    List<String> trusted =
        scope.all("set_real_ip_from").stream().map(from -> block(from.arg(0))).toList();
    if (trusted.isEmpty()) {
      trusted = List.of("0.0.0.0/0", "::/0");
      draft.otherwise(
          listen.at(),
          "`" + listen + "`: everybody is believed; see accept_proxy_protocol.trusted");
    }
    listener.put("accept_proxy_protocol", new LinkedHashMap<>(Map.of("trusted", trusted)));
  }

  // --- where streams go

  private boolean target(Directive pass, NginxScope scope, Map<String, Object> service) {
    String to = pass.arg(0);
    if (!NginxText.hasVariable(to)) {
      place(to, pass, scope, service);
      return true;
    }
    Directive map = maps.get(to);
    if (map == null || !map.arg(0).equals(NAME) || !scope.on("ssl_preread")) {
      draft.leftOut(pass.at(), "`" + pass + "`: only names of `ssl_preread` choose; not served");
      return false;
    }
    routes(map, scope, service);
    return true;
  }

  private void place(String to, Directive at, NginxScope scope, Map<String, Object> into) {
    boolean tls = scope.on("proxy_ssl");
    if (tls || groups.contains(to)) {
      into.put("upstream", upstreams.target(tls ? "https" : "http", to, at, scope).id());
    } else {
      into.put("destination", to);
    }
  }

  /** One route for each place, names before those below a domain, the longest first. */
  private void routes(Directive map, NginxScope scope, Map<String, Object> service) {
    boolean wildcards = map.inner().stream().anyMatch(line -> line.name().equals("hostnames"));
    List<Map.Entry<String, Directive>> names = new ArrayList<>();
    for (Directive line : map.inner()) {
      String name = line.name();
      if (name.equals("hostnames")) continue;
      if (name.equals("default")) {
        if (!line.arg(0).isEmpty()) place(line.arg(0), line, scope, service);
      } else if (name.startsWith("~") || name.endsWith("*") || line.arg(0).isEmpty()) {
        draft.leftOut(line.at(), "name `" + name + "`: only whole names and *.name are known");
      } else if (name.startsWith(".") && wildcards) {
        names.add(Map.entry(name.substring(1), line));
        names.add(Map.entry("*" + name, line));
      } else if (!name.startsWith("*.") || wildcards) {
        names.add(Map.entry(name, line));
      }
    }
    names.sort(
        Comparator.comparing((Map.Entry<String, Directive> each) -> each.getKey().startsWith("*."))
            .thenComparing(each -> -each.getKey().length()));
    List<Map<String, Object>> routes = new ArrayList<>();
    for (Map.Entry<String, Directive> each : names) {
      Map<String, Object> route = new LinkedHashMap<>();
      route.put("id", "name_" + (routes.size() + 1));
      route.put("match", new LinkedHashMap<>(Map.of("sni", List.of(each.getKey()))));
      place(each.getValue().arg(0), each.getValue(), scope, route);
      routes.add(route);
    }
    if (!routes.isEmpty()) service.put("routes", routes);
  }

  // --- how

  private void terms(NginxScope scope, boolean udp, Map<String, Object> service) {
    service.put(
        "idle_timeout",
        scope.text("proxy_timeout").flatMap(ForeignValues::duration).orElse("600s"));
    scope
        .text("proxy_connect_timeout")
        .flatMap(ForeignValues::duration)
        .ifPresent(time -> service.put("connect_timeout", time));
    if (scope.on("proxy_protocol")) service.put("send_proxy_protocol", udp ? "v2" : "v1");
    Map<String, Object> hello = new LinkedHashMap<>();
    scope
        .text("preread_timeout")
        .flatMap(ForeignValues::duration)
        .ifPresent(time -> hello.put("timeout", time));
    scope
        .text("preread_buffer_size")
        .flatMap(ForeignValues::bytes)
        .ifPresent(bytes -> hello.put("max", Math.clamp(bytes, 512, 64 << 10)));
    if (!hello.isEmpty()) service.put("client_hello", hello);
    Optional<Directive> responses = scope.find("proxy_responses");
    if (udp && responses.isPresent()) {
      Optional<Long> count = NginxUpstreams.number(responses.get().arg(0)).filter(n -> n > 0);
      if (count.isPresent())
        service.put("udp", new LinkedHashMap<>(Map.of("responses", count.get())));
      else draft.leftOut(responses.get().at(), "`" + responses.get() + "`");
    }
    rate(scope, service);
    access(scope, service);
  }

  private void rate(NginxScope scope, Map<String, Object> service) {
    Optional<Directive> up = scope.find("proxy_upload_rate");
    Optional<Directive> down = scope.find("proxy_download_rate");
    if (up.isEmpty() && down.isEmpty()) return;
    Optional<String> rate = up.map(d -> d.arg(0)).flatMap(ForeignValues::size);
    if (rate.isPresent() && rate.equals(down.map(d -> d.arg(0)).flatMap(ForeignValues::size))) {
      Draft.below(service, "limits").put("bandwidth", rate.get() + "/s");
    } else {
      Directive one = up.or(() -> down).get();
      draft.leftOut(one.at(), "`" + one + "`: a rate is that of both directions");
    }
  }

  private void access(NginxScope scope, Map<String, Object> service) {
    List<Map<String, Object>> rules = new ArrayList<>();
    for (Directive rule : scope.all("allow", "deny")) {
      if (rule.arg(0).equals("all")) {
        service.put("acl_default", rule.name());
        break;
      }
      if (rule.arg(0).startsWith("unix:")) draft.leftOut(rule.at(), "`" + rule + "`");
      else rules.add(new LinkedHashMap<>(Map.of(rule.name(), block(rule.arg(0)))));
    }
    if (!rules.isEmpty()) service.put("acl", rules);
  }

  private static String block(String address) {
    if (address.contains("/")) return address;
    return address + (address.contains(":") ? "/128" : "/32");
  }
}
