package io.fairlead.net.auth;

import java.time.Duration;
import java.util.Set;

/** The answer to {@link Credentials}. */
public sealed interface AuthResult {
  /** They are right. */
  record Accepted(String user, Set<String> groups) implements AuthResult {
    public Accepted {
      groups = Set.copyOf(groups);
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
