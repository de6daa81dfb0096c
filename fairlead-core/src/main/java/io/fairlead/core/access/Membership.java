package io.fairlead.core.access;

import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One immutable picture of who is a member.
 *
 * @param source the list
 * @param position where in the source's history this picture was taken
 * @param members every entry of the list, by id
 * @param entryByUser which entry an account of a users file is bound to
 * @param governed where lists say for which use its entries are; a list that is not named here is
 *     for every use
 * @param listed keys of entries that a list names, whether they may be used or not: whoever proves
 *     one is known, and perhaps denied
 */
public record Membership(
    String source,
    String position,
    Map<EntryId, Member> members,
    Map<String, EntryId> entryByUser,
    Map<Use, Governed> governed,
    Map<EntryId, String> listed) {
  /** What a member may be for. */
  public enum Use {
    PROXY_USERS,
    MQTT_CLIENTS,
    TUNNEL_CLIENTS,
    RELAY_PEERS
  }

  /**
   * Who may use one thing.
   *
   * @param sources lists that say so
   * @param entries those of them that may
   */
  public record Governed(Set<String> sources, Set<EntryId> entries) {
    public Governed {
      sources = Set.copyOf(sources);
      entries = Set.copyOf(entries);
    }

    /** Both together. */
    public Governed with(Governed other) {
      Set<String> allSources = new HashSet<>(sources);
      allSources.addAll(other.sources());
      Set<EntryId> allEntries = new HashSet<>(entries);
      allEntries.addAll(other.entries());
      return new Governed(allSources, allEntries);
    }

    boolean forbids(EntryId entry) {
      return sources.contains(entry.source()) && !entries.contains(entry);
    }
  }

  /** What an entry allows. */
  public enum Standing {
    ACTIVE,
    DRAINING,
    REVOKED,
    EXPIRED
  }

  /**
   * One entry.
   *
   * @param publicKey Ed25519 key text, when bound to one
   * @param user account of a users file, when bound to one
   * @param group free text of the list, for rules of access
   */
  public record Member(
      EntryId id,
      Standing standing,
      Optional<String> publicKey,
      Optional<String> user,
      Optional<String> group) {
    /** In no group. */
    public Member(
        EntryId id, Standing standing, Optional<String> publicKey, Optional<String> user) {
      this(id, standing, publicKey, user, Optional.empty());
    }
  }

  /** No list is configured: principals have no entry and nothing is governed. */
  public static final Membership NONE = new Membership("none", "0", Map.of(), Map.of());

  public Membership {
    members = Map.copyOf(members);
    entryByUser = Map.copyOf(entryByUser);
    governed = Map.copyOf(governed);
    listed = Map.copyOf(listed);
  }

  /** A list whose entries may all be used. */
  public Membership(
      String source,
      String position,
      Map<EntryId, Member> members,
      Map<String, EntryId> entryByUser,
      Map<Use, Governed> governed) {
    this(source, position, members, entryByUser, governed, Map.of());
  }

  /** A list for every use. */
  public Membership(
      String source,
      String position,
      Map<EntryId, Member> members,
      Map<String, EntryId> entryByUser) {
    this(source, position, members, entryByUser, Map.of());
  }

  /** Binds an authenticated account to its entry, if the list names it. */
  public Principal bind(String user) {
    return new Principal(user, Optional.ofNullable(entryByUser.get(user)));
  }
}
