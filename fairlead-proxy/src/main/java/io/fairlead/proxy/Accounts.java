package io.fairlead.proxy;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.unit.Secret;
import io.fairlead.net.auth.Authenticator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The accounts of one service as they were when its configuration was prepared.
 *
 * @param authenticator checks a password
 * @param verifiers account name to what its password is checked against; only compared, to find
 *     accounts that changed
 * @param tokens what signed tokens are checked by; only compared
 */
public record Accounts(
    Authenticator authenticator, Map<String, Secret> verifiers, List<Object> tokens) {
  public Accounts {
    verifiers = Map.copyOf(verifiers);
    tokens = List.copyOf(tokens);
  }

  /** No tokens. */
  public Accounts(Authenticator authenticator, Map<String, Secret> verifiers) {
    this(authenticator, verifiers, List.of());
  }

  /**
   * Whether somebody who logged in by {@code before} would still be let in.
   *
   * @param before empty: nobody was asked
   */
  public boolean stillKnow(String user, Optional<Accounts> before) {
    Secret now = verifiers.get(user);
    if (before.isEmpty()) return now != null;
    Secret then = before.get().verifiers.get(user);
    if (then != null) return now != null && then.equals(now);
    return now == null && !tokens.isEmpty() && tokens.equals(before.get().tokens);
  }

  /** Opens accounts. Called by the configuration's thread at each preparation. */
  @FunctionalInterface
  public interface Source {
    /**
     * Reads them now.
     *
     * @throws ConfigException a file is missing or wrong
     */
    Accounts open(String forwardId, ForwardConfig.Auth auth) throws ConfigException;
  }
}
