package io.fairlead.http.route;

import io.fairlead.core.address.Cidr;
import java.net.InetAddress;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Conditions of a route; all must hold, and an empty one always does. Lists are alternatives.
 *
 * @param hosts names, as {@link HostPattern}
 * @param methods exact, case-sensitive
 * @param schemes {@code http} or {@code https}
 * @param fields lower-case field name to what one of its values must look like
 * @param query parameter name to what its first value must look like
 * @param clientIps where the client is, after trusted proxies
 * @param remoteIps where the TCP peer is
 */
public record RouteMatch(
    List<HostPattern> hosts,
    Optional<PathPattern> path,
    List<String> methods,
    List<String> schemes,
    Map<String, Glob> fields,
    Map<String, Glob> query,
    List<Cidr> clientIps,
    List<Cidr> remoteIps) {
  /** Takes every request. */
  public static final RouteMatch EVERYTHING =
      new RouteMatch(
          List.of(),
          Optional.empty(),
          List.of(),
          List.of(),
          Map.of(),
          Map.of(),
          List.of(),
          List.of());

  public RouteMatch {
    hosts = List.copyOf(hosts);
    methods = List.copyOf(methods);
    schemes = List.copyOf(schemes);
    fields = Map.copyOf(fields);
    query = Map.copyOf(query);
    clientIps = List.copyOf(clientIps);
    remoteIps = List.copyOf(remoteIps);
  }

  public boolean matches(RequestFacts facts) {
    // Cheapest and most selective first; nothing is allocated for a plain path.
    if (path.isPresent() && !path.get().matches(facts.path())) return false;
    if (!methods.isEmpty() && !methods.contains(facts.head().method())) return false;
    if (!hosts.isEmpty() && !anyHost(facts.host())) return false;
    if (!schemes.isEmpty() && !schemes.contains(facts.head().scheme())) return false;
    if (!remoteIps.isEmpty() && !anyBlock(remoteIps, facts.remote())) return false;
    if (!clientIps.isEmpty() && !anyBlock(clientIps, facts.client())) return false;
    return (fields.isEmpty() || fieldsMatch(facts)) && (query.isEmpty() || queryMatches(facts));
  }

  /** What keeps it from taking a request; empty when it takes it. */
  public Optional<String> whyNot(RequestFacts facts) {
    if (matches(facts)) return Optional.empty();
    String method = facts.head().method();
    if (path.isPresent() && !path.get().matches(facts.path())) {
      return Optional.of("path: " + facts.path() + " is not " + path.get());
    }
    if (!methods.isEmpty() && !methods.contains(method)) {
      return Optional.of("method: " + method + " is not one of " + methods);
    }
    if (!hosts.isEmpty() && !anyHost(facts.host())) {
      return Optional.of("host: " + facts.host() + " is not one of " + hosts);
    }
    if (!schemes.isEmpty() && !schemes.contains(facts.head().scheme())) {
      return Optional.of("scheme: " + facts.head().scheme() + " is not one of " + schemes);
    }
    if (!remoteIps.isEmpty() && !anyBlock(remoteIps, facts.remote())) {
      return Optional.of("remote_ip: " + facts.remoteText() + " is in none of " + remoteIps);
    }
    if (!clientIps.isEmpty() && !anyBlock(clientIps, facts.client())) {
      return Optional.of("client_ip: " + facts.clientText() + " is in none of " + clientIps);
    }
    return Optional.of(fieldsMatch(facts) ? "query: needs " + query : "header: needs " + fields);
  }

  /** Its conditions in one line; {@code *} when there are none. */
  public String summary() {
    StringBuilder text = new StringBuilder();
    path.ifPresent(pattern -> text.append("path ").append(pattern));
    condition(text, "method", methods);
    condition(text, "host", hosts);
    condition(text, "scheme", schemes);
    condition(text, "remote_ip", remoteIps);
    condition(text, "client_ip", clientIps);
    condition(text, "header", fields.entrySet());
    condition(text, "query", query.entrySet());
    return text.isEmpty() ? "*" : text.toString();
  }

  private static void condition(StringBuilder text, String name, Collection<?> values) {
    if (values.isEmpty()) return;
    if (!text.isEmpty()) text.append(", ");
    text.append(name).append(' ').append(values);
  }

  /** Whether every request {@code later} would take is certainly taken by this one too. */
  public boolean covers(RouteMatch later) {
    return (path.isEmpty() || path.get().covers(later.path.orElse(PathPattern.ANY)))
        && (methods.isEmpty() || within(later.methods, methods))
        && (schemes.isEmpty() || within(later.schemes, schemes))
        && (hosts.isEmpty() || hostsWithin(later.hosts))
        && later.fields.entrySet().containsAll(fields.entrySet())
        && later.query.entrySet().containsAll(query.entrySet())
        && (clientIps.isEmpty() || within(later.clientIps, clientIps))
        && (remoteIps.isEmpty() || within(later.remoteIps, remoteIps));
  }

  private static <T> boolean within(List<T> inner, List<T> outer) {
    return !inner.isEmpty() && outer.containsAll(inner);
  }

  private boolean hostsWithin(List<HostPattern> inner) {
    return !inner.isEmpty()
        && inner.stream().allMatch(name -> hosts.stream().anyMatch(host -> host.covers(name)));
  }

  private boolean anyHost(String host) {
    for (int i = 0; i < hosts.size(); i++) {
      if (hosts.get(i).matches(host)) return true;
    }
    return false;
  }

  private static boolean anyBlock(List<Cidr> blocks, @Nullable InetAddress address) {
    if (address == null) return false;
    for (int i = 0; i < blocks.size(); i++) {
      if (blocks.get(i).contains(address)) return true;
    }
    return false;
  }

  private boolean fieldsMatch(RequestFacts facts) {
    for (Map.Entry<String, Glob> wanted : fields.entrySet()) {
      boolean found = false;
      for (String value : facts.head().fields().all(wanted.getKey())) {
        found |= wanted.getValue().matches(value);
      }
      if (!found) return false;
    }
    return true;
  }

  private boolean queryMatches(RequestFacts facts) {
    for (Map.Entry<String, Glob> wanted : query.entrySet()) {
      String value = QueryString.first(facts.query(), wanted.getKey());
      if (value == null || !wanted.getValue().matches(value)) return false;
    }
    return true;
  }
}
