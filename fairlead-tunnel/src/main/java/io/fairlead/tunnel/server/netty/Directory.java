package io.fairlead.tunnel.server.netty;

import io.fairlead.tunnel.codec.ServiceKind;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which services there are, by what users know: host, or agent and name. One immutable picture that
 * the hub replaces; any thread reads.
 */
final class Directory {
  static final Directory EMPTY = new Directory(Map.of(), Map.of(), Map.of());

  private final Map<String, ServiceGroup> http;
  private final Map<String, ServiceGroup> https;
  private final Map<String, Member> named;
  private final Map<String, Member> exits;

  private Directory(
      Map<String, ServiceGroup> http, Map<String, ServiceGroup> https, Map<String, Member> named) {
    this.http = Map.copyOf(http);
    this.https = Map.copyOf(https);
    this.named = Map.copyOf(named);
    Map<String, Member> first = new HashMap<>();
    for (Member member : named.values()) {
      if (member.offer().kind() != ServiceKind.SOCKS) continue;
      first.merge(
          member.agent().name(),
          member,
          (one, other) -> one.offer().name().compareTo(other.offer().name()) < 0 ? one : other);
    }
    this.exits = Map.copyOf(first);
  }

  /**
   * An agent's exit.
   *
   * @param service empty: the first by name
   */
  Optional<Member> exit(String agent, Optional<String> service) {
    return service.isEmpty()
        ? Optional.ofNullable(exits.get(agent))
        : named(agent, service.get()).filter(one -> one.offer().kind() == ServiceKind.SOCKS);
  }

  /**
   * The service that answers for a host.
   *
   * @param asked lower case, without port; a dot at its end is passed over
   */
  Optional<ServiceGroup> host(ServiceKind kind, String asked) {
    Map<String, ServiceGroup> hosts = kind == ServiceKind.HTTPS ? https : http;
    if (hosts.isEmpty()) return Optional.empty();
    String host = asked.endsWith(".") ? asked.substring(0, asked.length() - 1) : asked;
    ServiceGroup exact = hosts.get(host);
    if (exact != null) return Optional.of(exact);
    for (int dot = host.indexOf('.'); dot > 0; dot = host.indexOf('.', dot + 1)) {
      ServiceGroup wild = hosts.get("*" + host.substring(dot));
      if (wild != null) return Optional.of(wild);
    }
    return Optional.empty();
  }

  Optional<Member> named(String agent, String service) {
    return Optional.ofNullable(named.get(agent + "/" + service));
  }

  /** What an agent offers. */
  List<Member> of(AgentSession agent) {
    return named.values().stream()
        .filter(member -> member.agent() == agent)
        .sorted(Comparator.comparing(member -> member.offer().name()))
        .toList();
  }

  /** The same with other hosts and names. */
  static Directory of(
      Map<String, ServiceGroup> http, Map<String, ServiceGroup> https, Map<String, Member> named) {
    return new Directory(new HashMap<>(http), new HashMap<>(https), new HashMap<>(named));
  }
}
