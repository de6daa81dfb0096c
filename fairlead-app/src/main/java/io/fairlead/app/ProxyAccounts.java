package io.fairlead.app;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.net.auth.AuthThrottle;
import io.fairlead.net.auth.UsersAuthenticator;
import io.fairlead.net.auth.UsersFile;
import io.fairlead.proxy.Accounts;
import io.fairlead.proxy.ForwardConfig;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Opens the accounts of forward services. Accounts that did not change keep their authenticator,
 * and with it the passwords already checked. Owned by the configuration's thread.
 */
final class ProxyAccounts implements Accounts.Source {
  private final Clock clock;
  private final Meters meters;
  private final AuthThrottle throttle;
  private final Map<String, Accounts> opened = new HashMap<>();

  ProxyAccounts(Clock clock, Meters meters) {
    this.clock = clock;
    this.meters = meters;
    // One for all services: a guesser who changes the port is the same guesser.
    this.throttle = new AuthThrottle(clock, meters);
  }

  @Override
  public Accounts open(String forwardId, ForwardConfig.Auth auth) throws ConfigException {
    UsersFile users = read("/forward/" + forwardId + "/auth", auth);
    Accounts before = opened.get(forwardId);
    if (before != null && before.verifiers().equals(users.verifiers())) return before;
    Accounts accounts =
        new Accounts(new UsersAuthenticator(users, clock, meters, throttle), users.verifiers());
    opened.put(forwardId, accounts);
    return accounts;
  }

  private static UsersFile read(String path, ForwardConfig.Auth auth) throws ConfigException {
    Optional<Path> file = auth.usersFile();
    if (file.isPresent()) return UsersFile.read(file.get(), path + "/users_file");
    String lines =
        auth.users().entrySet().stream()
            .map(account -> account.getKey() + ":" + account.getValue().reveal())
            .collect(Collectors.joining("\n"));
    return UsersFile.parse(lines, "", path + "/users");
  }
}
