package io.fairlead.net.auth;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Problem;
import io.fairlead.core.unit.Secret;
import io.fairlead.net.NetCodes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Accounts: one a line, {@code name:hash[:group,group…]}; blank lines and lines that begin with
 * {@code #} are skipped. A password file of Mosquitto works as it is. Immutable.
 */
public final class UsersFile {
  private static final int FILE_BYTES_MAX = 16 * 1024 * 1024;
  private static final int NAME_BYTES_MAX = 255;
  private static final Pattern GROUP = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

  /**
   * One account.
   *
   * @param written the hash as the file has it
   */
  record Account(String name, PasswordHash hash, Secret written, Set<String> groups) {
    Account {
      groups = Set.copyOf(groups);
    }
  }

  private final Map<String, Account> accounts;

  private UsersFile(Map<String, Account> accounts) {
    this.accounts = accounts;
  }

  /** Nobody. */
  public static UsersFile empty() {
    return new UsersFile(Map.of());
  }

  /** Accounts whose passwords the configuration gives itself. */
  public static UsersFile inline(Map<String, Secret> passwords) {
    Map<String, Account> accounts = new HashMap<>();
    passwords.forEach(
        (name, password) ->
            accounts.put(
                name, new Account(name, new PasswordHash.Plain(password), password, Set.of())));
    return new UsersFile(accounts);
  }

  /**
   * Reads a file.
   *
   * @param path key path of the file in the configuration
   * @throws ConfigException it cannot be read, or lines of it; every bad line is named
   */
  public static UsersFile read(Path file, String path) throws ConfigException {
    byte[] bytes;
    try {
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw unreadable(path, file + ": larger than 16 MiB, this is no users file");
      }
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException _) {
      throw unreadable(path, file + ": no such file");
    } catch (IOException _) {
      throw unreadable(path, file + ": cannot be read");
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return parse(text, file.toString(), path);
    } catch (CharacterCodingException _) {
      throw unreadable(path, file + ": is not UTF-8");
    }
  }

  /**
   * Parses the text of a file.
   *
   * @param file its name, for the problems
   * @param path key path of the file in the configuration
   * @throws ConfigException a bad line; every one is named
   */
  public static UsersFile parse(String text, String file, String path) throws ConfigException {
    Map<String, Account> accounts = new LinkedHashMap<>();
    Map<String, Integer> lines = new HashMap<>();
    List<Problem> problems = new ArrayList<>();
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      if (line.isBlank() || line.startsWith("#")) continue;
      Problem.Place place = new Problem.Place(file, number, 1, 0);
      try {
        Account account = account(line);
        Integer before = lines.putIfAbsent(account.name(), number);
        if (before == null) {
          accounts.put(account.name(), account);
        } else {
          problems.add(
              Problem.error(
                  NetCodes.BAD_ACCOUNT.id(),
                  path,
                  place,
                  "user " + account.name() + " stands on line " + before + " already",
                  "remove one of them"));
        }
      } catch (PasswordHash.UnreadableHashException bad) {
        problems.add(
            Problem.error(NetCodes.BAD_ACCOUNT.id(), path, place, bad.problem(), bad.hint()));
      }
    }
    if (!problems.isEmpty()) throw new ConfigException(problems);
    return new UsersFile(accounts);
  }

  /**
   * Of several files, one account each.
   *
   * @param sources by the name of the account that counts; where it is missing, nothing is chosen
   */
  public static UsersFile chosen(Map<String, UsersFile> sources) {
    Map<String, Account> accounts = new LinkedHashMap<>();
    sources.forEach(
        (name, file) -> file.find(name).ifPresent(account -> accounts.put(name, account)));
    return new UsersFile(accounts);
  }

  /** Names, sorted. */
  public Set<String> names() {
    return new TreeSet<>(accounts.keySet());
  }

  /** What each password is checked against, as written: only to see which accounts changed. */
  public Map<String, Secret> verifiers() {
    Map<String, Secret> verifiers = new HashMap<>();
    accounts.forEach((name, account) -> verifiers.put(name, account.written()));
    return verifiers;
  }

  /** Whether there is such an account. */
  public boolean knows(String name) {
    return accounts.containsKey(name);
  }

  /** What the account's password is checked against, as written: only to see whether it changed. */
  public Optional<Secret> verifier(String name) {
    return find(name).map(Account::written);
  }

  /** Groups of an account; empty when there is no such account. */
  public Set<String> groups(String name) {
    return find(name).map(Account::groups).orElse(Set.of());
  }

  Optional<Account> find(String name) {
    return Optional.ofNullable(accounts.get(name));
  }

  /** Some account, so that a name that does not exist can take as long as one that does. */
  Optional<Account> any() {
    return accounts.values().stream().findFirst();
  }

  private static Account account(String line) throws PasswordHash.UnreadableHashException {
    String[] parts = line.strip().split(":", -1);
    if (parts.length < 2 || parts.length > 3) {
      throw new PasswordHash.UnreadableHashException(
          "not an account", "expected name:hash or name:hash:group,group");
    }
    String name = parts[0];
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    if (bytes < 1 || bytes > NAME_BYTES_MAX || name.chars().anyMatch(Character::isISOControl)) {
      throw new PasswordHash.UnreadableHashException(
          "bad user name", "expected 1-255 bytes without control characters");
    }
    Set<String> groups = new TreeSet<>();
    if (parts.length == 3 && !parts[2].isEmpty()) {
      for (String group : parts[2].split(",", -1)) {
        if (!GROUP.matcher(group.strip()).matches()) {
          throw new PasswordHash.UnreadableHashException(
              "bad group name of user " + name, "expected letters, digits, _ . and -");
        }
        groups.add(group.strip());
      }
    }
    return new Account(name, PasswordHash.parse(parts[1]), Secret.of(parts[1]), groups);
  }

  private static ConfigException unreadable(String path, String message) {
    return new ConfigException(
        Problem.error(NetCodes.USERS_UNREADABLE.id(), path, Problem.Place.NOWHERE, message, ""));
  }
}
