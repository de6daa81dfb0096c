package io.fairlead.proxy;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.unit.Secret;
import io.fairlead.net.auth.Authenticator;
import java.util.Map;

/**
 * The accounts of one service as they were when its configuration was prepared.
 *
 * @param authenticator checks a password
 * @param verifiers account name to what its password is checked against; only compared, to find
 *     accounts that changed
 */
public record Accounts(Authenticator authenticator, Map<String, Secret> verifiers) {
  public Accounts {
    verifiers = Map.copyOf(verifiers);
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
