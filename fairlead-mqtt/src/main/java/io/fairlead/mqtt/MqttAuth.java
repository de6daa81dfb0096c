package io.fairlead.mqtt;

import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.net.auth.JwtSettings;
import io.fairlead.net.auth.RegistryTokenSettings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One of the ways in which clients say who they are; {@code mqtt.auth} lists them. */
public sealed interface MqttAuth {
  /** The word in the configuration, in access lists and in logs. */
  String type();

  /** The file whose content it goes by, if it is one. */
  default Optional<Path> file() {
    return Optional.empty();
  }

  /** Accounts of a users file. */
  record UsersOf(Path path) implements MqttAuth {
    @Override
    public String type() {
      return "file";
    }

    @Override
    public Optional<Path> file() {
      return Optional.of(path);
    }
  }

  /** Tokens of an identity provider. */
  record Jwt(JwtSettings tokens) implements MqttAuth {
    @Override
    public String type() {
      return "jwt";
    }

    @Override
    public Optional<Path> file() {
      return tokens.file();
    }
  }

  /** Tokens that members sign with the key of their entry. */
  record Registry(RegistryTokenSettings tokens) implements MqttAuth {
    @Override
    public String type() {
      return "registry";
    }
  }

  /**
   * Certificates that the listener has verified.
   *
   * @param groups of everyone who shows one
   */
  record Mtls(Name identity, Set<String> groups) implements MqttAuth {
    /** Which part of a certificate is the account's name. */
    public enum Name {
      CN,
      SAN_URI,
      SAN_DNS,
      FINGERPRINT
    }

    public Mtls {
      groups = Set.copyOf(groups);
    }

    @Override
    public String type() {
      return "mtls";
    }
  }

  /** The definition of one item. */
  ConfigType<MqttAuth> TYPE = Types.variants("type", byType());

  private static Map<String, RecordType<? extends MqttAuth>> byType() {
    Map<String, RecordType<? extends MqttAuth>> types = new LinkedHashMap<>();
    types.put(
        "file",
        RecordType.define(
            "mqtt_auth_file",
            "Accounts of a users file.",
            f -> {
              Field<Path> path =
                  f.key(
                          "path",
                          Types.path(),
                          "Accounts, one a line: name:hash[:groups]; a password file of Mosquitto"
                              + " works.")
                      .example("secrets/mqtt.users")
                      .required();
              return v -> new UsersOf(v.get(path));
            }));
    types.put(
        "jwt",
        RecordType.define(
            "mqtt_auth_jwt",
            "Signed tokens of an identity provider, as password.",
            f -> {
              Field<JwtSettings> tokens = f.flattened(JwtSettings.TYPE);
              return v -> new Jwt(v.get(tokens));
            }));
    types.put(
        "mtls",
        RecordType.define(
            "mqtt_auth_mtls",
            "Client certificates, verified by the listener.",
            f -> {
              Field<Mtls.Name> name =
                  f.key(
                          "identity",
                          Types.choice(Mtls.Name.class),
                          "What names the account: the subject's common name, the first URI or DNS"
                              + " name of the certificate, or its SHA-256.")
                      .orElse(Mtls.Name.CN);
              Field<List<String>> groups =
                  f.key(
                          "groups",
                          Types.listOf(Types.string()),
                          "Groups of everyone who shows a certificate.")
                      .orElse(List.of());
              return v -> new Mtls(v.get(name), Set.copyOf(v.get(groups)));
            }));
    types.put(
        "registry",
        RecordType.define(
            "mqtt_auth_registry",
            "Tokens that members sign with the key of their entry, as password.",
            f -> {
              Field<RegistryTokenSettings> tokens = f.flattened(RegistryTokenSettings.TYPE);
              return v -> new Registry(v.get(tokens));
            }));
    return types;
  }
}
