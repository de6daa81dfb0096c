package io.fairlead.registry.target;

import io.fairlead.core.access.Cause;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Membership;
import io.fairlead.core.access.Membership.Governed;
import io.fairlead.core.access.Membership.Member;
import io.fairlead.core.access.Membership.Use;
import io.fairlead.core.identity.NodeKey;
import io.fairlead.core.membership.MembershipKeeper;
import io.fairlead.registry.model.Origin;
import io.fairlead.registry.plan.Change;
import io.fairlead.registry.plan.Item;
import io.fairlead.registry.plan.Plan;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Who may use the gateway: the target's lines are members behind {@link
 * io.fairlead.core.access.Entitlements}. Applying a list swaps the membership and cuts the live
 * work of those who left, before it returns.
 */
public final class MembersTarget implements Target {
  private final String name;
  private final Use use;
  private final Set<String> sources;
  private final MembershipKeeper keeper;
  private List<Item> list = List.of();

  /**
   * @param use what its members may use
   * @param sources names of its lists
   */
  public MembersTarget(String name, Use use, Collection<String> sources, MembershipKeeper keeper) {
    this.name = name;
    this.use = use;
    this.sources = Set.copyOf(sources);
    this.keeper = keeper;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String kind() {
    return use.name().toLowerCase(Locale.ROOT);
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
          id,
          new Member(
              id,
              item.standing(),
              item.publicKey().map(NodeKey::peerId),
              item.user(),
              Optional.of(item.group()).filter(group -> !group.isEmpty())));
      item.user().ifPresent(user -> byUser.putIfAbsent(user, id));
    }
    Map<EntryId, Cause.Reason> reasons = new HashMap<>();
    for (Change change : plan.changes()) {
      if (!change.removes()) continue;
      change.entry().ifPresent(entry -> reasons.put(entry, change.reason().cause()));
    }
    Map<String, Map<String, Integer>> cut = new HashMap<>();
    Membership next =
        new Membership(
            plan.source(),
            plan.position(),
            members,
            byUser,
            Map.of(use, new Governed(sources, members.keySet())));
    Map<EntryId, String> transactions = new HashMap<>();
    for (Change change : plan.changes()) {
      Optional<String> tx = change.origin().flatMap(Origin::tx).or(plan::tx);
      if (change.entry().isEmpty() || tx.isEmpty()) continue;
      transactions.put(change.entry().get(), tx.get());
    }
    for (MembershipKeeper.Cut lost : keeper.replace(part(), next, reasons, transactions)) {
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
