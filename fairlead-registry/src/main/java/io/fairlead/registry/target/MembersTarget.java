package io.fairlead.registry.target;

import io.fairlead.core.access.Cause;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Membership;
import io.fairlead.core.access.Membership.Member;
import io.fairlead.core.identity.NodeKey;
import io.fairlead.core.membership.MembershipKeeper;
import io.fairlead.registry.plan.Change;
import io.fairlead.registry.plan.Item;
import io.fairlead.registry.plan.Plan;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Who may use the gateway: the target's lines are members behind {@link
 * io.fairlead.core.access.Entitlements}. Applying a list swaps the membership and cuts the live
 * work of those who left, before it returns.
 */
public final class MembersTarget implements Target {
  private final String name;
  private final String kind;
  private final MembershipKeeper keeper;
  private List<Item> list = List.of();

  public MembersTarget(String name, String kind, MembershipKeeper keeper) {
    this.name = name;
    this.kind = kind;
    this.keeper = keeper;
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
  public boolean membership() {
    return true;
  }

  @Override
  public Actual actual() {
    return new Actual(list, list);
  }

  @Override
  public Applied apply(Plan plan) {
    Map<EntryId, Member> members = new LinkedHashMap<>();
    Map<String, EntryId> byUser = new HashMap<>();
    for (Item item : plan.result()) {
      EntryId id = idOf(item);
      members.put(
          id, new Member(id, item.standing(), item.publicKey().map(NodeKey::peerId), item.user()));
      item.user().ifPresent(user -> byUser.putIfAbsent(user, id));
    }
    Map<EntryId, Cause.Reason> reasons = new HashMap<>();
    for (Change change : plan.changes()) {
      if (!change.removes()) continue;
      change.entry().ifPresent(entry -> reasons.put(entry, change.reason().cause()));
    }
    Map<String, Map<String, Integer>> cut = new HashMap<>();
    Membership next = new Membership(plan.source(), plan.position(), members, byUser);
    for (MembershipKeeper.Cut lost : keeper.replace(part(), next, reasons, plan.tx())) {
      cut.put(lost.entry().toString(), lost.byKind());
    }
    list = plan.result();
    return new Applied(cut, List.of());
  }

  @Override
  public void retire() {
    keeper.withdraw(part());
    list = List.of();
  }

  private String part() {
    return "registry:" + name;
  }

  private static EntryId idOf(Item item) {
    return item.entry()
        .orElseThrow(() -> new IllegalArgumentException("member " + item.text() + " has no entry"));
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
