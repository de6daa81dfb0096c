package io.fairlead.net.auth;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.Secret;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where accounts of a service are: in a file, or in the configuration itself.
 *
 * @param users account name to password hash, or all of them to password
 */
public record AccountSource(Optional<Path> usersFile, Map<String, Secret> users) {
  public AccountSource {
    users = Map.copyOf(users);
  }

  /** What clients show to people whom they ask for a password. */
  public static ConfigType<String> realm() {
    return Types.string().matching("[ !#-\\[\\]-~]{1,128}", "printable text without quotes");
  }

  /**
   * Reads the accounts now. Blocks for a file.
   *
   * @param path key path of the service's `auth` in the configuration
   * @throws ConfigException the file is missing, or accounts are wrong; every one is named
   */
  public UsersFile read(String path) throws ConfigException {
    if (usersFile.isPresent()) return UsersFile.read(usersFile.get(), path + "/users_file");
    if (users.isEmpty()) return UsersFile.empty();
    if (users.values().stream().noneMatch(AccountSource::isHash)) return UsersFile.inline(users);
    StringBuilder text = new StringBuilder();
    users.forEach((user, hash) -> text.append(user).append(':').append(hash.reveal()).append('\n'));
    String shown = "<" + path.substring(1).replace('/', '.') + ".users>";
    return UsersFile.parse(text.toString(), shown, path + "/users");
  }

  private static boolean isHash(Secret value) {
    return value.reveal().startsWith("$");
  }
}
