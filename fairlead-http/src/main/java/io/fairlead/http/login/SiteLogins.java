package io.fairlead.http.login;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Secret;
import io.fairlead.net.auth.AccountSource;
import io.fairlead.net.auth.AuthThrottle;
import io.fairlead.net.auth.Authenticator;
import io.fairlead.net.auth.UsersAuthenticator;
import io.fairlead.net.auth.UsersFile;
import java.util.HashMap;
import java.util.Map;

/**
 * Opens the accounts of sites. Routes with the same source share them; accounts that are as they
 * were before keep their authenticator, and with it the passwords that it checked a moment ago.
 * Owned by the configuration's thread.
 */
public final class SiteLogins {
  private final Clock clock;
  private final Meters meters;
  private final AuthThrottle throttle;
  private Map<AccountSource, Opened> last = Map.of();

  private record Opened(Authenticator authenticator, Map<String, Secret> verifiers) {}

  /**
   * @param throttle shared with everything else that checks passwords
   */
  public SiteLogins(Clock clock, Meters meters, AuthThrottle throttle) {
    this.clock = clock;
    this.meters = meters;
    this.throttle = throttle;
  }

  /** Accounts of one preparation, each source read once. */
  public final class Reading {
    private final Map<AccountSource, Opened> opened = new HashMap<>();

    private Reading() {}

    /**
     * Reads them now. Blocks for a file.
     *
     * @param path key path of what says so in the configuration
     * @throws ConfigException a file is missing or wrong
     */
    public SiteAccounts open(LoginConfig config, String path) throws ConfigException {
      Opened accounts = opened.get(config.accounts());
      if (accounts == null) {
        accounts = opened(config.accounts(), path);
        opened.put(config.accounts(), accounts);
      }
      return new SiteAccounts(
          accounts.authenticator(), accounts.verifiers(), config.realm(), config.passOn());
    }

    /** Everything was read: the next preparation compares with this one. */
    public void done() {
      last = opened;
    }
  }

  /** Begins a preparation. */
  public Reading read() {
    return new Reading();
  }

  private Opened opened(AccountSource source, String path) throws ConfigException {
    UsersFile users = source.read(path);
    Opened before = last.get(source);
    if (before != null && before.verifiers().equals(users.verifiers())) return before;
    return new Opened(new UsersAuthenticator(users, clock, meters, throttle), users.verifiers());
  }
}
