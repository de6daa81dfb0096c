package io.fairlead.net.auth;

import io.fairlead.core.access.EntryId;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The answer to {@link Credentials}. */
public sealed interface AuthResult {
  /**
   * They are right.
   *
   * @param user the name of the one they belong to: an account, or the peer id of a member's key
   * @param by which kind of check knew them: {@code file}, {@code jwt} or {@code registry}
   * @param entry of the member whose key signed, if one did
   * @param attributes more that is known, by name
   * @param until when they stop being right, if they do
   */
  record Accepted(
      String user,
      Set<String> groups,
      String by,
      Optional<EntryId> entry,
      Map<String, String> attributes,
      Optional<Instant> until)
      implements AuthResult {
    public Accepted {
      groups = Set.copyOf(groups);
      attributes = Map.copyOf(attributes);
    }

    /** An account of a users file. */
    public Accepted(String user, Set<String> groups) {
      this(user, groups, "file", Optional.empty(), Map.of(), Optional.empty());
    }

    /** The same, found by another check. */
    public Accepted knownBy(String other) {
      return new Accepted(user, groups, other, entry, attributes, until);
    }
  }

  /**
   * They are wrong; which half is not told.
   *
   * @param reason a stable word for logs and meters
   */
  record Rejected(String reason) implements AuthResult {}

  /** Too many failures; nothing was checked. */
  record Throttled(Duration retryAfter) implements AuthResult {}
}
