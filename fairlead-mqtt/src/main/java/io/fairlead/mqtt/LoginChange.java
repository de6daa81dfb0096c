package io.fairlead.mqtt;

import io.fairlead.core.unit.Secret;
import io.fairlead.net.auth.UsersFile;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * From one {@code mqtt.auth} to the next: who of those connected stays, and as whom. Immutable: a
 * change that comes while this one is still being looked at takes nothing from it.
 *
 * @param waysBefore by the name that clients know them by; see {@link MqttClient#knownBy}
 * @param names of the ways after it
 * @param logins by which they log in after it
 */
record LoginChange(
    LoginKeeper.Draft before,
    LoginKeeper.Draft after,
    Map<String, MqttAuth> waysBefore,
    Map<MqttAuth, String> names,
    ConfiguredLogins logins) {

  /** Whether a client that is connected would not be let in as it was. */
  boolean lost(MqttClient client) {
    String user = client.principal().id();
    if (client.knownBy().equals("file")) {
      return !Objects.equals(verifier(before, user), verifier(after, user));
    }
    MqttAuth way = waysBefore.get(client.knownBy());
    if (way != null) return heir(way).isEmpty();
    return client.anonymous() && !logins.admitsAnonymous(client.local());
  }

  /** A client that stays, as it is known now. */
  MqttClient renewed(MqttClient client) {
    if (client.knownBy().equals("file")) {
      String user = client.principal().id();
      Set<String> groups = account(after, user).map(file -> file.groups(user)).orElse(Set.of());
      return client.known("file", groups);
    }
    MqttAuth way = waysBefore.get(client.knownBy());
    if (way == null) return client;
    MqttAuth next = heir(way).orElse(way);
    Set<String> groups = next instanceof MqttAuth.Mtls rule ? rule.groups() : client.groups();
    return client.known(names.getOrDefault(next, client.knownBy()), groups);
  }

  /** A way that lets in everybody whom that one did, as the same. */
  private Optional<MqttAuth> heir(MqttAuth way) {
    if (after.config().auth().contains(way)) return Optional.of(way);
    return after.config().auth().stream().filter(each -> inherits(each, way)).findFirst();
  }

  private static boolean inherits(MqttAuth next, MqttAuth was) {
    return switch (next) {
      case MqttAuth.Jwt(var now) -> was instanceof MqttAuth.Jwt(var then) && now.includes(then);
      case MqttAuth.Registry(var now) ->
          was instanceof MqttAuth.Registry(var then) && now.includes(then);
      case MqttAuth.Mtls now ->
          was instanceof MqttAuth.Mtls then && now.identity() == then.identity();
      case MqttAuth.UsersOf _ -> false;
    };
  }

  private static Optional<Secret> verifier(LoginKeeper.Draft of, String user) {
    return account(of, user).flatMap(file -> file.verifier(user));
  }

  /** The file whose account of that name counts. */
  private static Optional<UsersFile> account(LoginKeeper.Draft of, String user) {
    return of.users().values().stream().filter(file -> file.knows(user)).findFirst();
  }
}
