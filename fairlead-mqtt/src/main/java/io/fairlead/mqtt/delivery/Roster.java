package io.fairlead.mqtt.delivery;

import io.fairlead.core.access.Cause;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Principal;
import io.fairlead.core.access.Revocable;
import io.fairlead.mqtt.session.Session;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Sessions by the registry entry they belong to, so that a revocation finds them. Thread-safe. */
public final class Roster implements Revocable {
  private final Map<EntryId, Set<Session>> byEntry = new ConcurrentHashMap<>();
  private final Map<Session, EntryId> entries = new ConcurrentHashMap<>();

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

  void forget(Session session) {
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
