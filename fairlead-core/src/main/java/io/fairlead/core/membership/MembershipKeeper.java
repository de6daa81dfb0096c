package io.fairlead.core.membership;

import io.fairlead.core.access.Cause;
import io.fairlead.core.access.Entitlements;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Membership;
import io.fairlead.core.access.Membership.Member;
import io.fairlead.core.access.Revocable;
import io.fairlead.core.access.WatchedEntitlements;
import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.time.Clock;
import io.fairlead.core.watch.Watch;
import io.fairlead.core.watch.WatchValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one writer of the membership: publishes each new picture, then cuts the live work of every
 * entry that lost its right, one audit line each.
 *
 * <p>{@link #apply} belongs to one thread at a time; everything else may be called from any.
 */
public final class MembershipKeeper {
  private static final Logger log = LoggerFactory.getLogger("io.fairlead.audit");

  private final WatchValue<Membership> membership = new WatchValue<>(Membership.NONE);
  private final WatchedEntitlements entitlements = new WatchedEntitlements(membership);
  private final List<Revocable> revocables;
  private final AuditTrail audit;
  private final EventBus events;
  private final Clock clock;

  /**
   * @param revocables every feature that carries live work
   * @param audit gets one line for each entry that lost its right
   */
  public MembershipKeeper(
      List<Revocable> revocables, AuditTrail audit, EventBus events, Clock clock) {
    this.revocables = List.copyOf(revocables);
    this.audit = audit;
    this.events = events;
    this.clock = clock;
  }

  public Entitlements entitlements() {
    return entitlements;
  }

  public Watch<Membership> membership() {
    return membership;
  }

  /**
   * Makes {@code next} the membership. Order (the revocation seam): bindings are remembered, the
   * picture is swapped, then live work is cut; work being set up meanwhile asks again when it is
   * done.
   *
   * @param tx the transaction behind the change, for sources that have one
   * @return pieces of live work being cut
   */
  public int apply(Membership next, Optional<String> tx) {
    Membership previous = membership.current();
    entitlements.remember(next);
    membership.set(next);
    int cut = 0;
    List<Map<String, Object>> lines = new ArrayList<>();
    for (Map.Entry<EntryId, Cause.Reason> lost : lost(previous, next).entrySet()) {
      Cause cause = new Cause(lost.getValue(), next.source(), next.position(), tx);
      int count = 0;
      for (Revocable revocable : revocables) {
        count += revocable.revoke(Set.of(lost.getKey()), cause);
      }
      tell(lost.getKey(), cause, count);
      lines.add(line(lost.getKey(), cause, count));
      cut += count;
    }
    // After everything is cut: nobody keeps a connection because a disk is slow.
    audit.recordAll("member.removed", lines);
    return cut;
  }

  private static Map<String, Object> line(EntryId entry, Cause cause, int count) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("source", cause.source());
    line.put("op", cause.reason() == Cause.Reason.REVOKED ? "revoke" : "remove");
    line.put("id", entry.id());
    line.put("reason", cause.reason().word());
    line.put("position", cause.position());
    cause.tx().ifPresent(tx -> line.put("tx", tx));
    line.put("cut", count);
    return line;
  }

  private void tell(EntryId entry, Cause cause, int count) {
    log.atInfo()
        .addKeyValue("entry", entry)
        .addKeyValue("reason", cause.reason().word())
        .addKeyValue("source", cause.source())
        .addKeyValue("position", cause.position())
        .addKeyValue("tx", cause.tx().orElse("-"))
        .addKeyValue("cut", count)
        .log("member removed");
    events.publish(new GatewayEvent.MemberRemoved(clock.wall(), entry, cause, count));
  }

  /** Entries whose live work must end, and why. */
  static Map<EntryId, Cause.Reason> lost(Membership previous, Membership next) {
    Map<EntryId, Cause.Reason> lost = new LinkedHashMap<>();
    for (Member before : previous.members().values()) {
      Member now = next.members().get(before.id());
      if (now == null) {
        lost.put(before.id(), Cause.Reason.REMOVED);
      } else if (now.standing() != before.standing()) {
        switch (now.standing()) {
          case REVOKED -> lost.put(before.id(), Cause.Reason.REVOKED);
          case EXPIRED -> lost.put(before.id(), Cause.Reason.EXPIRED);
          case ACTIVE, DRAINING -> {}
        }
      } else if (!now.user().equals(before.user()) || !now.publicKey().equals(before.publicKey())) {
        // The entry stands for someone else now: what the former identity set up ends.
        lost.put(before.id(), Cause.Reason.REMOVED);
      }
    }
    return lost;
  }
}
