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
 * @param exits whether a name may be ACCOUNT-AGENT and so choose a tunnel agent as its way out
 */
public record Accounts(
    Authenticator authenticator,
    Map<String, Secret> verifiers,
    List<Object> tokens,
    boolean exits) {
  private static final int NAME_MAX = 255;

  public Accounts {
    verifiers = Map.copyOf(verifiers);
    tokens = List.copyOf(tokens);
  }

  public Accounts(Authenticator authenticator, Map<String, Secret> verifiers, List<Object> tokens) {
    this(authenticator, verifiers, tokens, false);
  }

  /** The same, whose names may choose a tunnel agent. */
  public Accounts choosingExits() {
    return new Accounts(authenticator, verifiers, tokens, true);
  }

  /**
   * What somebody calls himself.
   *
   * @param exit the tunnel agent he chose with it
   */
  public record Name(String account, Optional<String> exit) {}

  /**
   * Takes a name apart; the longest account that fits is meant, and no agent if all of it is one.
   */
  public Name name(String given) {
    if (exits && given.length() <= NAME_MAX && !verifiers.containsKey(given)) {
      for (int dash = given.lastIndexOf('-'); dash > 0; dash = given.lastIndexOf('-', dash - 1)) {
        String account = given.substring(0, dash);
        String agent = given.substring(dash + 1);
        if (!agent.isEmpty() && verifiers.containsKey(account)) {
          return new Name(account, Optional.of(agent));
        }
      }
    }
    return new Name(given, Optional.empty());
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
