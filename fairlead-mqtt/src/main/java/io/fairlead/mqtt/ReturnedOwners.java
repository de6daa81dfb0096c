package io.fairlead.mqtt;

import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Membership;
import io.fairlead.core.identity.NodeKey;
import io.fairlead.core.watch.Watch;
import io.fairlead.mqtt.delivery.Roster;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * Tells which registry entries the sessions of the store belong to, so that a revocation ends them
 * although their clients have not come back. The membership may be there before them or after.
 */
final class ReturnedOwners implements AutoCloseable {
  private final Roster roster;
  private final Watch<Membership> membership;
  private final Watch.Observation observation;

  ReturnedOwners(Roster roster, Watch<Membership> membership, Executor executor) {
    this.roster = roster;
    this.membership = membership;
    this.observation = membership.observe(executor, this::look);
  }

  /** The sessions are back. */
  void look() {
    look(membership.current());
  }

  private void look(Membership now) {
    if (now.members().isEmpty()) return;
    Map<String, EntryId> byKey = new HashMap<>();
    for (Membership.Member each : now.members().values()) {
      each.publicKey().flatMap(NodeKey::parse).ifPresent(key -> byKey.put(key.peerId(), each.id()));
    }
    roster.bind(
        account ->
            Optional.ofNullable(now.entryByUser().get(account))
                .or(() -> Optional.ofNullable(byKey.get(account))),
        entry -> {
          Membership.Member member = now.members().get(entry);
          return member != null && member.standing() == Membership.Standing.REVOKED;
        });
  }

  @Override
  public void close() {
    observation.close();
  }
}
