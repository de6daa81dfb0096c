package io.fairlead.core.access;

import java.util.Map;
import java.util.Optional;

/**
 * One immutable picture of who is a member.
 *
 * @param source the list
 * @param position where in the source's history this picture was taken
 * @param members every entry of the list, by id
 * @param entryByUser which entry an account of a users file is bound to
 */
public record Membership(
    String source,
    String position,
    Map<EntryId, Member> members,
    Map<String, EntryId> entryByUser) {
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
   */
  public record Member(
      EntryId id, Standing standing, Optional<String> publicKey, Optional<String> user) {}

  /** No list is configured: principals have no entry and nothing is governed. */
  public static final Membership NONE = new Membership("none", "0", Map.of(), Map.of());

  public Membership {
    members = Map.copyOf(members);
    entryByUser = Map.copyOf(entryByUser);
  }

  /** Binds an authenticated account to its entry, if the list names it. */
  public Principal bind(String user) {
    return new Principal(user, Optional.ofNullable(entryByUser.get(user)));
  }
}
