package io.fairlead.tunnel.session;

import io.fairlead.core.address.PortRange;
import io.fairlead.tunnel.codec.Offer;
import io.fairlead.tunnel.codec.ServiceKind;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What one agent may offer.
 *
 * @param services patterns of names
 * @param hosts names, or {@code *.} and a name
 * @param ownHost the name that is the agent's in any case, with all below it
 * @param bandwidth bytes per second in each direction, all services together
 * @param serviceBandwidth the same of each service
 * @param streams at a time
 */
public record Grants(
    List<String> services,
    List<String> hosts,
    Optional<String> ownHost,
    List<PortRange> tcpPorts,
    List<PortRange> udpPorts,
    OptionalLong bandwidth,
    OptionalLong serviceBandwidth,
    long streams,
    Set<ServiceKind> kinds) {
  public Grants {
    services = List.copyOf(services);
    hosts = List.copyOf(hosts);
    tcpPorts = List.copyOf(tcpPorts);
    udpPorts = List.copyOf(udpPorts);
    kinds = Set.copyOf(kinds);
  }

  /** Why the agent may not offer that; empty when it may. */
  public Optional<String> refusal(Offer offer) {
    if (!kinds.contains(offer.kind())) {
      return Optional.of("services of type " + offer.kind().word() + " are not allowed");
    }
    if (services.stream().noneMatch(pattern -> fits(pattern, offer.name()))) {
      return Optional.of("a service named " + offer.name() + " is not allowed");
    }
    for (String host : offer.hosts()) {
      if (!mayAnswerFor(host)) return Optional.of("host " + host + " is not allowed");
    }
    if (offer.port() != 0 && !offer.kind().ported()) {
      return Optional.of("services of type " + offer.kind().word() + " have no port");
    }
    if (offer.port() != 0) {
      List<PortRange> ranges = offer.kind() == ServiceKind.UDP ? udpPorts : tcpPorts;
      if (ranges.stream().noneMatch(range -> range.contains(offer.port()))) {
        return Optional.of(offer.kind().word() + " port " + offer.port() + " is not allowed");
      }
    }
    return Optional.empty();
  }

  private boolean mayAnswerFor(String host) {
    if (ownHost.isPresent()) {
      if (host.equals(ownHost.get()) || host.endsWith("." + ownHost.get())) return true;
    }
    for (String allowed : hosts) {
      if (host.equals(allowed)) return true;
      // Below the name, never the name itself; a wildcard fits below a wider one.
      if (allowed.startsWith("*.") && host.endsWith(allowed.substring(1))) return true;
    }
    return false;
  }

  /** Whether a name fits a pattern in which {@code *} stands for any run of characters. */
  static boolean fits(String pattern, String name) {
    int p = 0;
    int n = 0;
    int star = -1;
    int mark = 0;
    while (n < name.length()) {
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = p++;
        mark = n;
      } else if (p < pattern.length() && pattern.charAt(p) == name.charAt(n)) {
        p++;
        n++;
      } else if (star >= 0) {
        p = star + 1;
        n = ++mark;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') p++;
    return p == pattern.length();
  }
}
