package io.fairlead.app.convert;

import java.util.ArrayList;
import java.util.List;

/**
 * One {@code server} block.
 *
 * @param hosts its names in our notation; empty when it has none that can be said
 */
record NginxServer(Directive at, NginxScope scope, List<Listen> listens, List<String> hosts) {
  NginxServer {
    listens = List.copyOf(listens);
    hosts = List.copyOf(hosts);
  }

  /** One {@code listen}. */
  record Listen(String bind, boolean tls, boolean http2, boolean first, Directive at) {}

  static NginxServer of(Directive server, NginxScope http, Draft draft) {
    NginxScope scope = http.within(server.inner());
    List<Listen> listens = new ArrayList<>();
    for (Directive listen : scope.own("listen")) listens.add(listen(listen, scope, draft));
    if (listens.isEmpty()) {
      listens.add(new Listen("0.0.0.0:80", false, false, false, server));
    }
    List<String> hosts = new ArrayList<>();
    for (Directive names : scope.own("server_name")) {
      for (String name : names.args()) host(name, names, hosts, draft);
    }
    return new NginxServer(server, scope, listens, hosts);
  }

  private static Listen listen(Directive listen, NginxScope scope, Draft draft) {
    boolean tls = scope.on("ssl");
    boolean http2 = scope.on("http2");
    boolean first = false;
    for (String word :
        listen.args().subList(Math.min(1, listen.args().size()), listen.args().size())) {
      switch (word) {
        case "ssl" -> tls = true;
        case "http2" -> http2 = true;
        case "default_server", "default" -> first = true;
        case "reuseport", "deferred", "bind", "ipv6only=on" -> {}
        default -> draft.leftOut(listen.at(), "`" + word + "` of `" + listen + "`");
      }
    }
    return new Listen(bind(listen.arg(0)), tls, http2, first, listen);
  }

  static String bind(String address) {
    if (address.startsWith("unix:")) return address;
    if (address.matches("\\d+")) return "0.0.0.0:" + address;
    if (address.startsWith("*:")) return "0.0.0.0" + address.substring(1);
    boolean port = address.matches(".*:\\d+") && !address.matches("\\[[^]]*]");
    return port ? address : address + ":80";
  }

  private static void host(String name, Directive at, List<String> hosts, Draft draft) {
    if (name.isEmpty() || name.equals("_")) return;
    if (name.startsWith(".")) {
      hosts.add(name.substring(1));
      hosts.add("*" + name);
    } else if (name.startsWith("~") || name.endsWith("*") || name.lastIndexOf('*') > 0) {
      draft.leftOut(at.at(), "name `" + name + "`: only whole names and *.name are known");
    } else if (name.contains("_") || name.startsWith("!") || NginxText.hasVariable(name)) {
      draft.leftOut(at.at(), "name `" + name + "`: not a host name");
    } else {
      hosts.add(name);
    }
  }

  boolean wild() {
    return hosts.stream().anyMatch(host -> host.startsWith("*."));
  }

  /** Longest name below a wildcard: the longer one counts. */
  int wildLength() {
    return hosts.stream()
        .filter(host -> host.startsWith("*."))
        .mapToInt(String::length)
        .max()
        .orElse(0);
  }
}
