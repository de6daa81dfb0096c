package io.fairlead.core.membership;

import io.fairlead.core.access.Cause;
import io.fairlead.core.access.Entitlements;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Membership;
import io.fairlead.core.access.Membership.Governed;
import io.fairlead.core.access.Membership.Member;
import io.fairlead.core.access.Membership.Use;
import io.fairlead.core.access.Revocable;
import io.fairlead.core.access.WatchedEntitlements;
import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.time.Clock;
import io.fairlead.core.watch.Watch;
import io.fairlead.core.watch.WatchValue;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one writer of the membership: puts together what several sources say, publishes each new
 * picture, then cuts the live work of every entry that lost its right, one audit line each.
 * Thread-safe.
 */
public final class MembershipKeeper {
  private static final Logger log = LoggerFactory.getLogger("io.fairlead.audit");

  /**
   * An entry that lost its right.
   *
   * @param byKind live work being cut, see {@link Revocable#kind}
   */
  public record Cut(EntryId entry, Cause cause, Map<String, Integer> byKind) {
    public Cut {
      byKind = Map.copyOf(byKind);
    }

    /** All of it. */
    public int total() {
      return byKind.values().stream().mapToInt(Integer::intValue).sum();
    }
  }

  private final WatchValue<Membership> membership = new WatchValue<>(Membership.NONE);
  private final WatchedEntitlements entitlements = new WatchedEntitlements(membership);
  private final Map<String, Membership> parts = new LinkedHashMap<>(); // guarded by itself
  private final Map<String, Map<EntryId, String>> listed = new HashMap<>(); // guarded by parts
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
   * Makes {@code next} what its source says; other sources keep what they said. Order (the
   * revocation seam): bindings are remembered, the picture is swapped, then live work is cut; work
   * being set up meanwhile asks again when it is done. Writes one audit line for each entry that
   * lost its right.
   *
   * @param tx the transaction behind the change, for sources that have one
   * @return pieces of live work being cut
   */
  public int apply(Membership next, Optional<String> tx) {
    int cut = 0;
    List<Map<String, Object>> lines = new ArrayList<>();
    for (Cut lost : replaced(next.source(), next, Map.of(), _ -> tx)) {
      tell(lost.entry(), lost.cause(), lost.total());
      lines.add(line(lost));
      cut += lost.total();
    }
    // After everything is cut: nobody keeps a connection because a disk is slow.
    audit.recordAll("member.removed", lines);
    return cut;
  }

  /**
   * The same for a caller that writes the audit lines itself.
   *
   * @param part the name under which {@code next} replaces what was said before
   * @param reasons why entries lost their right, where the caller knows better than the pictures
   *     show
   * @param transactions behind what happened to entries, for sources that have them
   * @return the entries whose live work is being cut
   */
  public List<Cut> replace(
      String part,
      Membership next,
      Map<EntryId, Cause.Reason> reasons,
      Map<EntryId, String> transactions) {
    return replaced(part, next, reasons, entry -> Optional.ofNullable(transactions.get(entry)));
  }

  private List<Cut> replaced(
      String part,
      Membership next,
      Map<EntryId, Cause.Reason> reasons,
      Function<EntryId, Optional<String>> transactions) {
    Map<EntryId, Cause.Reason> lost;
    synchronized (parts) {
      Membership previous = parts.getOrDefault(part, Membership.NONE);
      parts.put(part, next);
      Membership whole = combined();
      entitlements.remember(whole);
      membership.set(whole);
      lost = lost(previous, next);
    }
    List<Cut> cuts = new ArrayList<>();
    lost.forEach(
        (entry, shown) -> {
          Cause.Reason reason = reasons.getOrDefault(entry, shown);
          Cause cause =
              new Cause(reason, next.source(), next.position(), transactions.apply(entry));
          Map<String, Integer> byKind = new LinkedHashMap<>();
          for (Revocable revocable : revocables) {
            byKind.merge(revocable.kind(), revocable.revoke(Set.of(entry), cause), Integer::sum);
          }
          Cut cut = new Cut(entry, cause, byKind);
          cuts.add(cut);
          events.publish(new GatewayEvent.MemberRemoved(clock.wall(), entry, cause, cut.total()));
        });
    return cuts;
  }

  /**
   * Accounts that a list names, whether their entries may be used or not: from now on they are
   * governed, and denied while no part makes them members.
   */
  public void named(Map<String, EntryId> entryByUser) {
    entitlements.remember(new Membership("named", "0", Map.of(), entryByUser));
  }

  /**
   * Keys that a list names, whether their entries may be used or not. Who proves one of an entry
   * that is no member is denied, not unknown; what was said of that list before is forgotten.
   *
   * @param keys text of Ed25519 keys, as members have them; at most as many as the list holds
   */
  public void listed(String source, Map<EntryId, String> keys) {
    synchronized (parts) {
      Map<EntryId, String> former = listed.getOrDefault(source, Map.of());
      if (former.equals(keys)) return;
      if (keys.isEmpty()) listed.remove(source);
      else listed.put(source, Map.copyOf(keys));
      membership.set(combined());
    }
  }

  /**
   * A part says nothing any more. Accounts it named lose nothing by that, see {@link #release};
   * members without an account had no other right, and their live work is cut.
   */
  public void withdraw(String part) {
    Membership before = part(part);
    Map<EntryId, Member> accounts = new HashMap<>(before.members());
    accounts.values().removeIf(member -> member.user().isEmpty());
    Membership rest =
        new Membership(before.source(), before.position(), accounts, before.entryByUser());
    replace(part, rest, Map.of(), Map.of());
    synchronized (parts) {
      parts.remove(part);
      membership.set(combined());
    }
  }

  /** These sources govern nobody any more: accounts that only they named may be used freely. */
  public void release(Set<String> sources) {
    entitlements.release(sources);
    for (String source : sources) listed(source, Map.of());
  }

  /** What one part said last. */
  public Membership part(String part) {
    synchronized (parts) {
      return parts.getOrDefault(part, Membership.NONE);
    }
  }

  /** All parts as one; of two that name one account or entry the earlier part counts. */
  private Membership combined() {
    if (parts.isEmpty() && listed.isEmpty()) return Membership.NONE;
    if (parts.size() == 1 && listed.isEmpty()) return parts.values().iterator().next();
    Map<EntryId, Member> members = new HashMap<>();
    Map<String, EntryId> byUser = new HashMap<>();
    Map<Use, Governed> governed = new EnumMap<>(Use.class);
    StringJoiner sources = new StringJoiner("+");
    StringJoiner positions = new StringJoiner("+");
    if (parts.isEmpty()) {
      sources.add(Membership.NONE.source());
      positions.add(Membership.NONE.position());
    }
    for (Membership part : parts.values()) {
      part.members().forEach(members::putIfAbsent);
      part.entryByUser().forEach(byUser::putIfAbsent);
      part.governed().forEach((use, said) -> governed.merge(use, said, Governed::with));
      sources.add(part.source());
      positions.add(part.position());
    }
    return new Membership(
        sources.toString(), positions.toString(), members, byUser, governed, keys());
  }

  private Map<EntryId, String> keys() {
    if (listed.size() == 1) return listed.values().iterator().next(); // not copied again
    Map<EntryId, String> all = new HashMap<>();
    listed.values().forEach(all::putAll);
    return all;
  }

  private static Map<String, Object> line(Cut lost) {
    Cause cause = lost.cause();
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("source", cause.source());
    line.put("op", cause.reason() == Cause.Reason.REVOKED ? "revoke" : "remove");
    line.put("id", lost.entry().id());
    line.put("reason", cause.reason().word());
    line.put("position", cause.position());
    cause.tx().ifPresent(tx -> line.put("tx", tx));
    line.put("cut", lost.total());
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
