package io.fairlead.proxy;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Secret;
import io.fairlead.net.auth.AuthThrottle;
import io.fairlead.net.auth.UsersAuthenticator;
import io.fairlead.net.auth.UsersFile;
import java.util.HashMap;
import java.util.Map;

/**
 * Accounts of users files, or of the configuration itself. Accounts that changed get an
 * authenticator of their own at each preparation, so that nothing changes before the commit; those
 * that did not keep theirs, and with it the passwords already checked. Owned by the configuration's
 * thread.
 */
public final class UsersAccounts implements Accounts.Source {
  private final Clock clock;
  private final Meters meters;
  private final AuthThrottle throttle;
  private final Map<String, Accounts> opened = new HashMap<>();

  /**
   * @param throttle shared with everything else that checks passwords
   */
  public UsersAccounts(Clock clock, Meters meters, AuthThrottle throttle) {
    this.clock = clock;
    this.meters = meters;
    this.throttle = throttle;
  }

  @Override
  public Accounts open(String forwardId, ForwardConfig.Auth auth) throws ConfigException {
    UsersFile users = read(forwardId, auth);
    Accounts before = opened.get(forwardId);
    if (before != null && before.verifiers().equals(users.verifiers())) return before;
    Accounts accounts =
        new Accounts(new UsersAuthenticator(users, clock, meters, throttle), users.verifiers());
    opened.put(forwardId, accounts);
    return accounts;
  }

  private static UsersFile read(String forwardId, ForwardConfig.Auth auth) throws ConfigException {
    String path = "/forward/" + forwardId + "/auth/";
    if (auth.usersFile().isPresent()) {
      return UsersFile.read(auth.usersFile().get(), path + "users_file");
    }
    if (auth.users().values().stream().noneMatch(UsersAccounts::isHash)) {
      return UsersFile.inline(auth.users());
    }
    StringBuilder text = new StringBuilder();
    auth.users()
        .forEach((user, hash) -> text.append(user).append(':').append(hash.reveal()).append('\n'));
    return UsersFile.parse(
        text.toString(), "<forward." + forwardId + ".auth.users>", path + "users");
  }

  private static boolean isHash(Secret value) {
    return value.reveal().startsWith("$");
  }
}
