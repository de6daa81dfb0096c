package io.fairlead.proxy;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Problem;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Secret;
import io.fairlead.net.auth.AuthThrottle;
import io.fairlead.net.auth.UsersAuthenticator;
import io.fairlead.net.auth.UsersFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Accounts of users files, or of the configuration itself. Each preparation gets an authenticator
 * of its own, so that nothing changes before the commit; its threads end by themselves when idle.
 */
public final class UsersAccounts implements Accounts.Source {
  private static final String UNREADABLE = "F2202";

  private final Clock clock;
  private final Meters meters;
  private final AuthThrottle throttle;

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
    String path = "/forward/" + forwardId + "/auth/";
    if (auth.usersFile().isPresent()) {
      Path file = auth.usersFile().get();
      String text = read(file, path + "users_file");
      return accounts(UsersFile.parse(text, file.toString(), path + "users_file"), lines(text));
    }
    boolean hashed = auth.users().values().stream().anyMatch(UsersAccounts::isHash);
    if (!hashed) return accounts(UsersFile.inline(auth.users()), auth.users());
    StringBuilder text = new StringBuilder();
    auth.users()
        .forEach((user, hash) -> text.append(user).append(':').append(hash.reveal()).append('\n'));
    return accounts(
        UsersFile.parse(text.toString(), "<forward." + forwardId + ".auth.users>", path + "users"),
        auth.users());
  }

  private Accounts accounts(UsersFile users, Map<String, Secret> verifiers) {
    return new Accounts(new UsersAuthenticator(users, clock, meters, throttle), verifiers);
  }

  private static boolean isHash(Secret value) {
    return value.reveal().startsWith("$");
  }

  /** Name to the rest of its line, of a text that has been parsed without a problem. */
  private static Map<String, Secret> lines(String text) {
    Map<String, Secret> lines = new HashMap<>();
    for (String line : text.lines().toList()) {
      if (line.isBlank() || line.startsWith("#")) continue;
      int colon = line.strip().indexOf(':');
      lines.put(line.strip().substring(0, colon), Secret.of(line.strip().substring(colon + 1)));
    }
    return lines;
  }

  private static String read(Path file, String path) throws ConfigException {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException failure) {
      throw new ConfigException(
          Problem.error(
              UNREADABLE,
              path,
              Problem.Place.NOWHERE,
              "users file " + file + " cannot be read as UTF-8 text",
              "check that it exists and that this user may read it"));
    }
  }
}
