package io.fairlead.app.convert;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One proxy of frpc as a service. What narrows who reaches it and cannot be said in our words keeps
 * the whole of it out, with a remark: nothing is opened wider than it was. One use.
 */
final class FrpProxy {
  /** Keys that let in fewer than everybody. */
  private static final List<String> NARROWING =
      List.of("locations", "httpUser", "httpPassword", "routeByHTTPUser", "multiplexer");

  private final Draft draft;
  private final Keys proxy;
  private final String name;
  private final Map<String, Object> service = new LinkedHashMap<>();

  FrpProxy(Draft draft, Keys proxy) {
    this.draft = draft;
    this.proxy = proxy;
    this.name = proxy.text("name").orElse("");
  }

  /** The service, unless it is left out. */
  Optional<Object> service() {
    String type = proxy.text("type").orElse("");
    Optional<String> port = FrpConverter.port(proxy, "localPort");
    Optional<String> why = whyNot(type, port);
    if (why.isPresent()) {
      draft.leftOut(proxy.at(), "the proxy `" + name + "`: " + why.get());
      return Optional.empty();
    }
    service.put("name", FrpConverter.name(name));
    service.put("type", type.equals("stcp") ? "tcp" : type);
    service.put(
        "destination",
        FrpConverter.at(proxy.text("localIP").orElse("127.0.0.1"), port.orElseThrow()));
    reach(type);
    proxy.inner("transport").ifPresent(this::transport);
    proxy.inner("loadBalancer").ifPresent(this::group);
    proxy.inner("healthCheck").ifPresent(this::health);
    proxy.leaveOut("requests are passed on as they are", "hostHeaderRewrite");
    proxy.leaveOut("fields are not changed here", "requestHeaders", "responseHeaders");
    proxy.leaveOut("no counterpart", "annotations", "metadatas");
    proxy.rest();
    return Optional.of(service);
  }

  private Optional<String> whyNot(String type, Optional<String> port) {
    for (String key : NARROWING) {
      if (proxy.text(key).isPresent()) return Optional.of("`" + key + "` cannot be kept");
    }
    if (proxy.take("plugin").isPresent()) return Optional.of("`plugin` has no counterpart");
    if (!List.of("tcp", "udp", "http", "https", "stcp").contains(type)) {
      return Optional.of("type `" + type + "` has no counterpart");
    }
    if (port.isEmpty()) return Optional.of("no `localPort`");
    if (type.equals("stcp") && proxy.text("secretKey").isEmpty()) {
      return Optional.of("no `secretKey`, so anybody could open it");
    }
    return Optional.empty();
  }

  private void reach(String type) {
    switch (type) {
      case "tcp", "udp" ->
          FrpConverter.port(proxy, "remotePort")
              .ifPresent(
                  port -> {
                    service.put("port", FrpConverter.number(port));
                    draft.otherwise(
                        proxy.at(),
                        "`remotePort`: the server must allow the agent this port (allow."
                            + type
                            + "_ports)");
                  });
      case "stcp" -> {
        service.put("private", proxy.text("secretKey").orElseThrow());
        proxy
            .take("allowUsers")
            .ifPresent(
                users -> draft.otherwise(users.at(), "`allowUsers`: whoever knows the key may"));
      }
      default -> hosts();
    }
    proxy.take("remotePort"); // 0: one of the server's choice, which is what leaving it out means
  }

  private void hosts() {
    List<String> hosts = new ArrayList<>(proxy.words("customDomains"));
    Optional<String> below = proxy.text("subdomain");
    if (!hosts.isEmpty()) {
      service.put("hosts", hosts);
      draft.otherwise(
          proxy.at(), "`customDomains`: the server must allow the agent these (allow.http_hosts)");
    }
    below.ifPresent(
        label ->
            draft.otherwise(
                proxy.at(),
                "`subdomain`: "
                    + (hosts.isEmpty()
                        ? "the service has its agent's name below the server's host"
                        : "only the names of `customDomains` are answered for")));
  }

  private void transport(Keys transport) {
    transport.take("useEncryption"); // always
    if (transport.flag("useCompression")) {
      draft.otherwise(transport.at(), "`useCompression`: bytes are not compressed");
    }
    transport
        .text("bandwidthLimit")
        .ifPresent(
            limit -> {
              if (limit.matches("[1-9][0-9]{0,9}[MK]B")) {
                // Their units are powers of 1024.
                service.put("bandwidth", limit.substring(0, limit.length() - 1) + "iB/s");
              } else {
                draft.leftOut(transport.at(), "`bandwidthLimit`: " + limit);
              }
            });
    transport.take("bandwidthLimitMode"); // the server keeps to it
    transport
        .text("proxyProtocolVersion")
        .filter(version -> version.equals("v1") || version.equals("v2"))
        .ifPresent(version -> service.put("proxy_protocol", version));
    transport.rest();
  }

  private void group(Keys balancer) {
    Optional<String> group = balancer.text("group");
    Optional<String> key = balancer.text("groupKey");
    if (group.isPresent() && key.isPresent()) {
      service.put("group", FrpConverter.name(group.get()));
      service.put("group_key", key.get());
    } else {
      draft.leftOut(balancer.at(), "`loadBalancer`: group and groupKey are both needed");
    }
    balancer.rest();
  }

  private void health(Keys health) {
    String type = health.text("type").orElse("");
    Optional<String> every = FrpConverter.port(health, "intervalSeconds");
    service.put("health", every.orElse("10") + "s");
    if (!type.equals("tcp")) {
      draft.otherwise(health.at(), "`healthCheck`: a connection is tried, no request is made");
    }
    for (String own : List.of("timeoutSeconds", "maxFailed", "path", "httpHeaders")) {
      health.take(own);
    }
    health.rest();
  }
}
