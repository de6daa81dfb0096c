package io.fairlead.net.auth;

import io.fairlead.core.access.Membership;
import io.fairlead.core.access.Membership.Member;
import io.fairlead.core.identity.NodeKey;
import io.fairlead.core.watch.Watch;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Members by the key they prove themselves with. Built anew when the membership has changed, by the
 * first who asks after that. Thread-safe.
 */
final class MemberIndex {
  /** A member and its key. */
  record Keyed(Member member, NodeKey key) {}

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

  /** The member of that peer id, or of that entry id, if it has a key. */
  Optional<Keyed> find(String name) {
    Table now = current();
    Keyed byKey = now.byPeerId.get(name);
    return Optional.ofNullable(byKey != null ? byKey : now.byEntryId.get(name));
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
      if (source.isPresent() && !member.id().source().equals(source.get())) continue;
      Optional<NodeKey> key = member.publicKey().flatMap(NodeKey::parse);
      if (key.isEmpty()) continue;
      Keyed keyed = new Keyed(member, key.get());
      byEntryId.put(member.id().id(), keyed);
      byPeerId.merge(key.get().peerId(), keyed, MemberIndex::earlier);
    }
    return new Table(latest, byPeerId, byEntryId);
  }

  /**
   * Of two with one key the same counts each time; one that may be used before one that may not.
   */
  private static Keyed earlier(Keyed a, Keyed b) {
    int byUse = a.member.standing().compareTo(b.member.standing());
    int byId = a.member.id().toString().compareTo(b.member.id().toString());
    return (byUse != 0 ? byUse : byId) <= 0 ? a : b;
  }
}
