package io.fairlead.mqtt.delivery;

import io.fairlead.core.access.Cause;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Principal;
import io.fairlead.core.access.Revocable;
import io.fairlead.mqtt.session.Session;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;

/** Sessions by the registry entry they belong to, so that a revocation finds them. Thread-safe. */
public final class Roster implements Revocable {
  private final Map<EntryId, Set<Session>> byEntry = new ConcurrentHashMap<>();
  private final Map<Session, EntryId> entries = new ConcurrentHashMap<>();
  private final Set<Session> returned = ConcurrentHashMap.newKeySet(); // entry not known yet

  Roster() {}

  /** The session belongs to that principal from now on. */
  void note(Session session, Principal principal) {
    forget(session);
    principal
        .entry()
        .ifPresent(
            entry -> {
              entries.put(session, entry);
              byEntry.compute(
                  entry,
                  (_, present) -> {
                    Set<Session> set = present == null ? ConcurrentHashMap.newKeySet() : present;
                    set.add(session);
                    return set;
                  });
            });
  }

  /** It came back from the store, which knows its account and not its entry. */
  void returned(Session session) {
    if (!session.principal().equals(Principal.ANONYMOUS)) returned.add(session);
  }

  /**
   * Finds entries for sessions that came back and whose client did not yet.
   *
   * @param entryOf an account's entry in the membership of now
   * @param gone whether an entry has lost every right, so that its sessions end
   */
  public void bind(Function<String, Optional<EntryId>> entryOf, Predicate<EntryId> gone) {
    for (Session session : returned) {
      Principal principal = session.principal();
      Optional<EntryId> entry = entryOf.apply(principal.id());
      if (entry.isEmpty()) continue;
      note(session, Principal.of(principal.id(), entry.get()));
      if (gone.test(entry.get())) session.host().executor().execute(session::revoke);
    }
  }

  void forget(Session session) {
    returned.remove(session);
    EntryId entry = entries.remove(session);
    if (entry == null) return;
    byEntry.computeIfPresent(
        entry,
        (_, present) -> {
          present.remove(session);
          return present.isEmpty() ? null : present;
        });
  }

  @Override
  public String kind() {
    return "mqtt_sessions";
  }

  @Override
  public int revoke(Set<EntryId> lost, Cause cause) {
    Set<Session> affected = new HashSet<>();
    for (EntryId entry : lost) {
      Set<Session> indexed = byEntry.get(entry);
      if (indexed != null) affected.addAll(indexed);
    }
    for (Session session : affected) session.host().executor().execute(session::revoke);
    return affected.size();
  }
}
