package io.fairlead.http.upstream;

import io.fairlead.core.dial.Destination;
import io.fairlead.http.upstream.UpstreamConfig.EndpointConfig;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * All that is said about who the members of one upstream are. Immutable.
 *
 * @param configured endpoints of the configuration
 * @param discovered endpoints found by name
 * @param overlays of sources, by name, in the order they first spoke
 * @param wishes of operators
 */
record Membership(
    List<EndpointConfig> configured,
    List<EndpointConfig> discovered,
    Map<String, UpstreamMembers.Overlay> overlays,
    Map<Endpoint.Identity, Wish> wishes) {
  static final Membership NONE = new Membership(List.of(), List.of(), Map.of(), Map.of());

  /** What an operator wants of a member. */
  record Wish(UpstreamMembers.Admin admin, Optional<Integer> weight) {
    static final Wish NONE = new Wish(UpstreamMembers.Admin.UP, Optional.empty());
  }

  /** What a member is to be. */
  record Wanted(
      Optional<String> name,
      int weight,
      int group,
      boolean draining,
      boolean down,
      String reason) {}

  Membership {
    configured = List.copyOf(configured);
    discovered = List.copyOf(discovered);
    overlays = new LinkedHashMap<>(overlays);
    wishes = Map.copyOf(wishes);
  }

  Membership configured(List<EndpointConfig> next) {
    return new Membership(next, discovered, overlays, wishes);
  }

  Membership discovered(List<EndpointConfig> next) {
    return new Membership(configured, next, overlays, wishes);
  }

  Membership said(String source, UpstreamMembers.Overlay overlay) {
    Map<String, UpstreamMembers.Overlay> next = new LinkedHashMap<>(overlays);
    if (overlay.equals(UpstreamMembers.Overlay.NONE)) next.remove(source);
    else next.put(source, overlay);
    return new Membership(configured, discovered, next, wishes);
  }

  Membership wished(Endpoint.Identity member, Wish wish) {
    Map<Endpoint.Identity, Wish> next = new LinkedHashMap<>(wishes);
    next.put(member, wish);
    return new Membership(configured, discovered, overlays, next);
  }

  /** Every member and what it is to be, in order. */
  Map<Endpoint.Identity, Wanted> wanted() {
    boolean alone = false;
    Set<Destination> withheld = new HashSet<>();
    for (UpstreamMembers.Overlay overlay : overlays.values()) {
      alone |= overlay.alone();
      withheld.addAll(overlay.withheld());
    }
    Map<Endpoint.Identity, Wanted> wanted = new LinkedHashMap<>();
    if (!alone) {
      configured.forEach(endpoint -> add(wanted, endpoint, false));
      discovered.forEach(endpoint -> add(wanted, endpoint, false));
    }
    for (UpstreamMembers.Overlay overlay : overlays.values()) {
      overlay.members().forEach(member -> add(wanted, member.endpoint(), member.draining()));
    }
    wanted.keySet().removeIf(identity -> withheld.contains(identity.destination()));
    return wanted;
  }

  private void add(Map<Endpoint.Identity, Wanted> wanted, EndpointConfig member, boolean draining) {
    Endpoint.Identity identity = new Endpoint.Identity(member.destination(), member.secured());
    Wish wish = wishes.getOrDefault(identity, Wish.NONE);
    boolean drains = draining || wish.admin() == UpstreamMembers.Admin.DRAIN;
    wanted.put(
        identity,
        new Wanted(
            member.name(),
            wish.weight().orElse(member.weight()),
            member.group().orElse(wanted.size()),
            drains,
            wish.admin() == UpstreamMembers.Admin.DOWN,
            draining ? "drained by its source" : "operator"));
  }
}
