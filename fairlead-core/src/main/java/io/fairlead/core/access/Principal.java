package io.fairlead.core.access;

import java.util.Optional;

/**
 * Someone traffic is carried for.
 *
 * @param id account name, peer id, or {@link #ANONYMOUS}'s id
 * @param entry the registry entry it is bound to; a principal without one is not governed by any
 *     registry
 */
public record Principal(String id, Optional<EntryId> entry) {
  /** Traffic nobody signed for. */
  public static final Principal ANONYMOUS = new Principal("anonymous", Optional.empty());

  public static Principal of(String id) {
    return new Principal(id, Optional.empty());
  }

  public static Principal of(String id, EntryId entry) {
    return new Principal(id, Optional.of(entry));
  }
}
