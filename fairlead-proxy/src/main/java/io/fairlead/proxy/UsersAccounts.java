package io.fairlead.proxy;

import io.fairlead.core.access.Membership;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.core.watch.Watch;
import io.fairlead.net.auth.AccountSource;
import io.fairlead.net.auth.AuthThrottle;
import io.fairlead.net.auth.Authenticator;
import io.fairlead.net.auth.ChainAuthenticator;
import io.fairlead.net.auth.ChainAuthenticator.Step;
import io.fairlead.net.auth.JwtVerifier;
import io.fairlead.net.auth.RegistryTokenSettings;
import io.fairlead.net.auth.RegistryTokenVerifier;
import io.fairlead.net.auth.UsersAuthenticator;
import io.fairlead.net.auth.UsersFile;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Accounts of users files or of the configuration itself, and signed tokens. Accounts that changed
 * get an authenticator of their own at each preparation, so that nothing changes before the commit;
 * those that did not keep theirs, and with it the passwords already checked. Owned by the
 * configuration's thread.
 */
public final class UsersAccounts implements Accounts.Source {
  private final Clock clock;
  private final Meters meters;
  private final AuthThrottle throttle;
  private final Watch<Membership> membership;
  private final Supplier<String> gateway;
  private final Map<String, Accounts> opened = new HashMap<>();

  /**
   * @param throttle shared with everything else that checks passwords
   * @param membership whose members may show tokens
   * @param gateway its name, which tokens of members are meant for
   */
  public UsersAccounts(
      Clock clock,
      Meters meters,
      AuthThrottle throttle,
      Watch<Membership> membership,
      Supplier<String> gateway) {
    this.clock = clock;
    this.meters = meters;
    this.throttle = throttle;
    this.membership = membership;
    this.gateway = gateway;
  }

  @Override
  public Accounts open(String forwardId, ForwardConfig.Auth auth) throws ConfigException {
    UsersFile users =
        new AccountSource(auth.usersFile(), auth.users()).read("/forward/" + forwardId + "/auth");
    List<Object> tokens = new ArrayList<>();
    auth.jwt().ifPresent(tokens::add);
    auth.registry().ifPresent(tokens::add);
    boolean keysInFile = auth.jwt().flatMap(jwt -> jwt.file()).isPresent();
    Accounts before = opened.get(forwardId);
    if (before != null
        && !keysInFile
        && before.verifiers().equals(users.verifiers())
        && before.tokens().equals(tokens)) {
      return before;
    }
    Accounts accounts =
        new Accounts(authenticator(forwardId, auth, users), users.verifiers(), tokens);
    opened.put(forwardId, accounts);
    return accounts;
  }

  private Authenticator authenticator(String forwardId, ForwardConfig.Auth auth, UsersFile users)
      throws ConfigException {
    UsersAuthenticator accounts = new UsersAuthenticator(users, clock, meters, throttle);
    if (auth.jwt().isEmpty() && auth.registry().isEmpty()) return accounts;
    List<Step> steps = new ArrayList<>(List.of(new Step.Users(accounts)));
    if (auth.jwt().isPresent()) {
      String path = "/forward/" + forwardId + "/auth/jwt";
      steps.add(new Step.Tokens(JwtVerifier.open(auth.jwt().get(), clock, path)));
    }
    if (auth.registry().isPresent()) {
      RegistryTokenSettings settings = auth.registry().get();
      steps.add(new Step.Tokens(new RegistryTokenVerifier(settings, gateway, membership, clock)));
    }
    return new ChainAuthenticator(steps, throttle, meters);
  }
}
