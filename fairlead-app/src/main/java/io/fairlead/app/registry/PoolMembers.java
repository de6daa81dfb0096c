package io.fairlead.app.registry;

import io.fairlead.core.address.HostAndPort;
import io.fairlead.core.dial.Destination;
import io.fairlead.http.UpstreamsConfig;
import io.fairlead.http.upstream.UpstreamConfig;
import io.fairlead.http.upstream.UpstreamConfig.EndpointConfig;
import io.fairlead.http.upstream.UpstreamMembers.Leaving;
import io.fairlead.http.upstream.UpstreamMembers.Overlay;
import io.fairlead.registry.model.AddressParser;
import io.fairlead.registry.model.BadAddressException;
import io.fairlead.registry.plan.Item;
import io.fairlead.registry.target.UpstreamMembers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Upstreams as the registry sees them. Members that the configuration names as well keep the scheme
 * written there; others are spoken to in plain HTTP. Thread-safe.
 */
public final class PoolMembers implements UpstreamMembers {
  /** Takes what somebody says of an upstream's members. */
  @FunctionalInterface
  public interface Sayable {
    int say(String source, String upstream, Overlay overlay, Leaving leaving);
  }

  private static final String SOURCE = "registry";

  private final Supplier<UpstreamsConfig> configured;
  private final Sayable pools;
  // Of each upstream, destinations whose names may only resolve to public addresses. Bounded by the
  // lists' own bounds.
  private final Map<String, Set<Destination>> guarded = new ConcurrentHashMap<>();

  public PoolMembers(Supplier<UpstreamsConfig> configured, Sayable pools) {
    this.configured = configured;
    this.pools = pools;
  }

  /**
   * Whether a member of an upstream may only be at public addresses, because it is a stranger's
   * list that names it.
   */
  public boolean guarded(String upstream, Destination destination) {
    return guarded.getOrDefault(upstream, Set.of()).contains(destination);
  }

  @Override
  public List<Item> configured(String upstream) {
    List<Item> items = new ArrayList<>();
    for (EndpointConfig endpoint : endpoints(upstream)) {
      if (!(endpoint.destination() instanceof Destination.HostPort place)) continue;
      try {
        Item plain =
            Item.plain(place.toString(), AddressParser.ofOperator().node(place.toString()));
        items.add(
            new Item(
                plain.text(),
                plain.keys(),
                plain.entry(),
                plain.standing(),
                endpoint.weight(),
                plain.group(),
                plain.publicKey(),
                plain.user(),
                false));
      } catch (BadAddressException impossible) {
        throw new IllegalStateException("a configured endpoint: " + place, impossible);
      }
    }
    return items;
  }

  private List<EndpointConfig> endpoints(String upstream) {
    return Optional.ofNullable(configured.get().clusters().get(upstream))
        .map(UpstreamConfig::endpoints)
        .orElse(List.of());
  }

  @Override
  public Map<String, Integer> set(String upstream, List<Member> members, Set<String> cut) {
    Map<Destination, EndpointConfig> known = new HashMap<>();
    for (EndpointConfig each : endpoints(upstream)) known.put(each.destination(), each);
    int heaviest = members.stream().mapToInt(Member::weight).max().orElse(1);
    List<io.fairlead.http.upstream.UpstreamMembers.Member> next = new ArrayList<>();
    Set<Destination> closed = ConcurrentHashMap.newKeySet();
    for (Member member : members) {
      Optional<HostAndPort> place = HostAndPort.parse(member.hostPort(), 1);
      if (place.isEmpty()) continue; // another transport than TCP
      Destination destination = new Destination.HostPort(place.get().host(), place.get().port());
      EndpointConfig written = known.get(destination);
      boolean secured = written != null && written.secured();
      if (member.guarded() && written == null) closed.add(destination);
      next.add(
          new io.fairlead.http.upstream.UpstreamMembers.Member(
              new EndpointConfig(
                  written == null ? Optional.empty() : written.name(),
                  destination,
                  secured,
                  weight(member.weight(), heaviest),
                  written == null ? Optional.empty() : written.group()),
              member.draining()));
    }
    guarded.put(upstream, closed);
    pools.say(
        SOURCE,
        upstream,
        Overlay.exactly(next),
        cut.isEmpty() ? Leaving.IN_PEACE : Leaving.AT_ONCE);
    return Map.of();
  }

  @Override
  public void withdraw(String upstream) {
    guarded.remove(upstream);
    pools.say(SOURCE, upstream, Overlay.NONE, Leaving.IN_PEACE);
  }

  private static int weight(int weight, int heaviest) {
    if (heaviest <= EndpointConfig.WEIGHT_MAX) return weight;
    return (int) Math.max(1, (long) weight * EndpointConfig.WEIGHT_MAX / heaviest);
  }
}
