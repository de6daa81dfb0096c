package io.fairlead.mqtt;

import io.fairlead.core.access.Entitlements;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.net.auth.AuthThrottle;
import io.fairlead.net.auth.ChainAuthenticator;
import io.fairlead.net.auth.ChainAuthenticator.Step;
import io.fairlead.net.auth.JwtSettings;
import io.fairlead.net.auth.JwtVerifier;
import io.fairlead.net.auth.RegistryTokenVerifier;
import io.fairlead.net.auth.TokenVerifier;
import io.fairlead.net.auth.UsersAuthenticator;
import io.fairlead.net.auth.UsersFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Turns {@code mqtt.auth} into something that checks logins, and remembers from one configuration
 * to the next what can go on: passwords already checked, keys already fetched. Belongs to the
 * configuration's thread.
 */
final class LoginKeeper implements AutoCloseable {
  /**
   * What a configuration needs, read and not in force yet.
   *
   * @param users by file, in the order of the chain
   * @param tokens by what they go by
   */
  record Draft(
      MqttConfig config, Map<Path, UsersFile> users, Map<JwtSettings, JwtVerifier> tokens) {}

  private final AuthThrottle throttle;
  private final byte[] nobodyKey = Randomness.system().secureBytes(32);
  private final Clock clock;
  private final Meters meters;
  private final Entitlements entitlements;
  private final Supplier<String> gateway;
  private final Map<Path, UsersAuthenticator> opened = new HashMap<>();
  private final Map<MqttAuth, String> names = new HashMap<>(); // of the ways in force
  private int named;
  private Draft current = new Draft(MqttConfig.DEFAULTS, Map.of(), Map.of());

  /**
   * @param gateway its name, which tokens of members are meant for
   */
  LoginKeeper(
      AuthThrottle throttle,
      Clock clock,
      Meters meters,
      Entitlements entitlements,
      Supplier<String> gateway) {
    this.throttle = throttle;
    this.clock = clock;
    this.meters = meters;
    this.entitlements = entitlements;
    this.gateway = gateway;
  }

  /** Reads the files; nothing changes yet. */
  Draft prepare(MqttConfig next) throws ConfigException {
    Map<Path, UsersFile> users = new LinkedHashMap<>();
    Map<JwtSettings, JwtVerifier> tokens = new LinkedHashMap<>();
    int index = 0;
    for (MqttAuth each : next.auth()) {
      String path = "/mqtt/auth/" + index++;
      switch (each) {
        case MqttAuth.UsersOf(var file) -> users.put(file, UsersFile.read(file, path + "/path"));
        case MqttAuth.Jwt(var settings) -> {
          JwtVerifier there = settings.file().isPresent() ? null : current.tokens().get(settings);
          tokens.put(settings, there != null ? there : JwtVerifier.open(settings, clock, path));
        }
        case MqttAuth.Mtls _, MqttAuth.Registry _ -> {}
      }
    }
    return new Draft(next, users, tokens);
  }

  /** From here on logins go by that. */
  LoginChange commit(Draft next) {
    Draft before = current;
    Map<String, MqttAuth> ways = new HashMap<>();
    names.forEach((way, name) -> ways.put(name, way));
    current = next;
    List<Step> steps = new ArrayList<>();
    List<ConfiguredLogins.Certified> certified = new ArrayList<>();
    List<ConfiguredLogins.Certified> certifiedLast = new ArrayList<>();
    names.keySet().retainAll(next.config().auth());
    for (MqttAuth each : next.config().auth()) {
      String by =
          names.computeIfAbsent(
              each, way -> way instanceof MqttAuth.UsersOf ? "file" : way.type() + " " + ++named);
      switch (each) {
        case MqttAuth.UsersOf(var file) -> steps.add(new Step.Users(accounts(next, file)));
        case MqttAuth.Jwt(var settings) -> steps.add(tokens(tokens(next, settings), by));
        case MqttAuth.Registry(var settings) ->
            steps.add(
                tokens(
                    new RegistryTokenVerifier(settings, gateway, entitlements.membership(), clock),
                    by));
        case MqttAuth.Mtls rule ->
            (steps.isEmpty() ? certified : certifiedLast)
                .add(new ConfiguredLogins.Certified(rule, by));
      }
    }
    opened
        .entrySet()
        .removeIf(
            there -> {
              boolean gone = !next.users().containsKey(there.getKey());
              if (gone) there.getValue().close();
              return gone;
            });
    ConfiguredLogins logins =
        new ConfiguredLogins(
            steps.isEmpty()
                ? Optional.empty()
                : Optional.of(new ChainAuthenticator(steps, throttle, meters)),
            List.copyOf(certified),
            List.copyOf(certifiedLast),
            next.config().anonymous());
    return new LoginChange(before, next, ways, Map.copyOf(names), logins);
  }

  /** Says of whom it knows in which way it does. */
  private static Step tokens(TokenVerifier verifier, String by) {
    return new Step.Tokens(
        credentials ->
            switch (verifier.verify(credentials)) {
              case TokenVerifier.Finding.Good(var who) ->
                  new TokenVerifier.Finding.Good(who.knownBy(by));
              case TokenVerifier.Finding other -> other;
            });
  }

  /** Enhanced authentication by the accounts in force, if one of them can use it. */
  Optional<EnhancedAuthenticator> scram() {
    ScramLogins made =
        new ScramLogins(current.users().values(), nobodyKey, throttle, Randomness.system());
    return made.anybody() ? Optional.of(made) : Optional.empty();
  }

  @Override
  public void close() {
    opened.values().forEach(UsersAuthenticator::close);
  }

  private UsersAuthenticator accounts(Draft next, Path file) {
    UsersFile users = Objects.requireNonNull(next.users().get(file));
    UsersAuthenticator there = opened.get(file);
    if (there != null) {
      there.swap(users);
      return there;
    }
    UsersAuthenticator made = new UsersAuthenticator(users, clock, meters, throttle);
    opened.put(file, made);
    return made;
  }

  private static TokenVerifier tokens(Draft next, JwtSettings settings) {
    return Objects.requireNonNull(next.tokens().get(settings));
  }
}
