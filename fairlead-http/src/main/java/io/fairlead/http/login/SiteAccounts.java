package io.fairlead.http.login;

import io.fairlead.core.unit.Secret;
import io.fairlead.net.auth.Authenticator;
import java.util.Map;
import java.util.Optional;

/**
 * The accounts that a route lets in, as they were when its configuration was prepared.
 *
 * @param authenticator checks a password; the same object means the same accounts
 * @param verifiers account name to what its password is checked against; only compared
 * @param passOn whether upstreams get the {@code Authorization} that was checked
 */
public record SiteAccounts(
    Authenticator authenticator, Map<String, Secret> verifiers, String realm, boolean passOn) {
  public SiteAccounts {
    verifiers = Map.copyOf(verifiers);
  }

  /**
   * Whether somebody whom {@code before} let in would be let in now with the same password.
   *
   * @param user empty: nobody was asked
   */
  public boolean stillKnow(String user, Optional<SiteAccounts> before) {
    if (before.isEmpty()) return false;
    Secret now = verifiers.get(user);
    Secret then = before.get().verifiers.get(user);
    return now != null && then != null && now.equals(then);
  }
}
