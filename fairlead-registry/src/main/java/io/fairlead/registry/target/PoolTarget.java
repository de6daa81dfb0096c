package io.fairlead.registry.target;

import io.fairlead.core.access.Membership.Standing;
import io.fairlead.registry.plan.Change;
import io.fairlead.registry.plan.Item;
import io.fairlead.registry.plan.Plan;
import io.fairlead.registry.target.UpstreamMembers.Member;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The members of a pool of upstream servers: an overlay of what the configuration names. An empty
 * list means that nobody is asked. Lines of other transports than TCP are left out.
 */
public final class PoolTarget implements Target {
  private final String name;
  private final String kind;
  private final String upstream;
  private final Supplier<List<Item>> local;
  private final UpstreamMembers members;
  private @Nullable List<Item> overlay; // null until one is set: the configuration holds

  /**
   * @param local the configured list
   */
  public PoolTarget(
      String name,
      String kind,
      String upstream,
      Supplier<List<Item>> local,
      UpstreamMembers members) {
    this.name = name;
    this.kind = kind;
    this.upstream = upstream;
    this.local = local;
    this.members = members;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String kind() {
    return kind;
  }

  @Override
  public boolean keepsAttributes() {
    return true;
  }

  @Override
  public boolean outlivesTheProcess() {
    return false;
  }

  @Override
  public Actual actual() {
    List<Item> configured = local.get();
    List<Item> set = overlay;
    return new Actual(set == null ? configured : set, configured);
  }

  @Override
  public Applied apply(Plan plan) {
    List<Member> next = new ArrayList<>();
    for (Item item : plan.result()) {
      for (String key : item.keys()) {
        if (key.indexOf(' ') >= 0 && !key.contains(" p2p:")) continue;
        String hostPort = key.indexOf(' ') < 0 ? key : key.substring(0, key.indexOf(' '));
        boolean draining = item.standing() != Standing.ACTIVE;
        next.add(new Member(key, hostPort, item.weight(), draining, item.guarded()));
      }
    }
    Set<String> gone = new HashSet<>();
    for (Change change : plan.changes()) if (change.removes()) gone.addAll(change.keys());
    Map<String, Integer> ended = members.set(upstream, next, gone);
    overlay = plan.result();
    Map<String, Map<String, Integer>> cut = new HashMap<>();
    ended.forEach((key, count) -> cut.put(key, Map.of("proxy_flows", count)));
    return new Applied(cut, List.of());
  }

  @Override
  public void retire() {
    members.withdraw(upstream);
    overlay = null;
  }

  @Override
  public Reloaded reload(Plan plan) {
    return Reloaded.DONE;
  }

  @Override
  public Verified verify(Plan plan) {
    return Verified.GOOD;
  }
}
