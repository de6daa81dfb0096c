package io.fairlead.registry.target;

import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Membership.Standing;
import io.fairlead.core.identity.NodeKey;
import io.fairlead.registry.plan.Item;
import io.fairlead.registry.plan.Plan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Relays to choose from. An entry without a key is no candidate: a relay that cannot prove who it
 * is could be anybody.
 */
public final class RelayCandidatesTarget implements Target {
  private final String name;
  private final RelayCandidates candidates;
  private List<Item> list = List.of();

  public RelayCandidatesTarget(String name, RelayCandidates candidates) {
    this.name = name;
    this.candidates = candidates;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String kind() {
    return "relay_candidates";
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
    return new Actual(list, List.of());
  }

  @Override
  public Applied apply(Plan plan) {
    List<RelayCandidate> next = new ArrayList<>();
    for (Item item : plan.result()) {
      if (item.publicKey().isEmpty()) continue;
      next.add(
          new RelayCandidate(
              item.publicKey().map(NodeKey::peerId).orElseThrow(),
              List.of(item.text().split(",", -1)),
              item.entry().orElseGet(() -> new EntryId("local", item.text())),
              item.standing() != Standing.ACTIVE));
    }
    candidates.set(name, next);
    list = plan.result();
    return new Applied(Map.of(), List.of());
  }

  @Override
  public void retire() {
    candidates.withdraw(name);
    list = List.of();
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
