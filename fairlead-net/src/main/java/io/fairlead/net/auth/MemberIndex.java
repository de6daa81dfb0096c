package io.fairlead.net.auth;

import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Membership;
import io.fairlead.core.access.Membership.Member;
import io.fairlead.core.identity.NodeKey;
import io.fairlead.core.watch.Watch;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Entries by the key they prove themselves with: members first, then those that a list names and
 * nobody may use, so that whoever comes with such a key is known and denied. Built anew when the
 * membership has changed, by the first who asks after that. Thread-safe.
 */
final class MemberIndex {
  /**
   * An entry and its key.
   *
   * @param rank of two entries with one key the one with the smaller rank counts
   */
  record Keyed(EntryId id, NodeKey key, int rank) {}

  private static final int UNUSED = Integer.MAX_VALUE;

  private record Table(Membership of, Map<String, Keyed> byPeerId, Map<String, Keyed> byEntryId) {}

  private final Watch<Membership> membership;
  private final Optional<String> source;
  private volatile Table table = new Table(Membership.NONE, Map.of(), Map.of());

  /**
   * @param source only members of this list
   */
  MemberIndex(Watch<Membership> membership, Optional<String> source) {
    this.membership = membership;
    this.source = source;
  }

  /** The entry of that peer id, or with that id, if it has a key. */
  Optional<Keyed> find(String name) {
    Table now = current();
    Keyed byKey = now.byPeerId.get(name);
    return Optional.ofNullable(byKey != null ? byKey : now.byEntryId.get(name));
  }

  /** The group of that entry, if it is a member and in one. */
  Optional<String> groupOf(EntryId id) {
    return Optional.ofNullable(membership.current().members().get(id)).flatMap(Member::group);
  }

  private Table current() {
    Membership latest = membership.current();
    Table held = table;
    if (held.of == latest) return held;
    Table made = tableOf(latest);
    table = made;
    return made;
  }

  private Table tableOf(Membership latest) {
    Map<String, Keyed> byPeerId = new HashMap<>();
    Map<String, Keyed> byEntryId = new HashMap<>();
    for (Member member : latest.members().values()) {
      member
          .publicKey()
          .ifPresent(
              text -> put(member.id(), text, member.standing().ordinal(), byPeerId, byEntryId));
    }
    latest
        .listed()
        .forEach(
            (id, text) -> {
              if (!latest.members().containsKey(id)) put(id, text, UNUSED, byPeerId, byEntryId);
            });
    return new Table(latest, byPeerId, byEntryId);
  }

  private void put(
      EntryId id,
      String text,
      int rank,
      Map<String, Keyed> byPeerId,
      Map<String, Keyed> byEntryId) {
    if (source.isPresent() && !id.source().equals(source.get())) return;
    Optional<NodeKey> key = NodeKey.parse(text);
    if (key.isEmpty()) return;
    Keyed keyed = new Keyed(id, key.get(), rank);
    byEntryId.put(id.id(), keyed);
    byPeerId.merge(key.get().peerId(), keyed, MemberIndex::earlier);
  }

  /**
   * Of two with one key the same counts each time; one that may be used before one that may not.
   */
  private static Keyed earlier(Keyed a, Keyed b) {
    int byUse = Integer.compare(a.rank, b.rank);
    int byId = a.id.toString().compareTo(b.id.toString());
    return (byUse != 0 ? byUse : byId) <= 0 ? a : b;
  }
}
