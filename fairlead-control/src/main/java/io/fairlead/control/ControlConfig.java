package io.fairlead.control;

import io.fairlead.control.access.AccessRules;
import io.fairlead.control.access.NamedToken;
import io.fairlead.control.access.Role;
import io.fairlead.control.dashboard.DashboardConfig;
import io.fairlead.control.http.ControlLimits;
import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.config.Checks;
import io.fairlead.core.config.Code;
import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Reference;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.Limit;
import io.fairlead.core.unit.Secret;
import io.fairlead.net.http.HttpBoundsTypes;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Section {@code control}.
 *
 * @param listen TCP door; empty when it is off
 * @param socket unix door; empty when it is off
 * @param compatGet whether the short paths {@code GET /now /adapt /reload /stop} exist
 * @param allowUids users of the unix door besides the own one and root
 * @param basePath begins and ends with a slash
 * @param hosts names it is served under, lower-case
 * @param tls what the TCP door speaks
 * @param corsOrigins pages elsewhere that may use tokens
 * @param limits of those who use it
 * @param dashboard pages for people
 */
public record ControlConfig(
    boolean enabled,
    Optional<ListenAddress> listen,
    Optional<Path> socket,
    boolean compatGet,
    Set<Integer> allowUids,
    String basePath,
    Set<String> hosts,
    Optional<Tls> tls,
    List<Token> tokens,
    List<User> users,
    Set<String> corsOrigins,
    ControlLimits limits,
    DashboardConfig dashboard) {
  /** A role that can be given. */
  public enum Grade {
    VIEWER,
    OPERATOR,
    ADMIN;

    Role role() {
      return switch (this) {
        case VIEWER -> Role.VIEWER;
        case OPERATOR -> Role.OPERATOR;
        case ADMIN -> Role.ADMIN;
      };
    }
  }

  private static final String GRADES =
      "viewer reads, operator also reloads and cuts connections, admin also stops.";

  private static final ConfigType<String> NAME =
      word(
          ControlCodes.BAD_NAME,
          "a name of 1 to 64 letters, digits, _ . @ and -",
          "[A-Za-z0-9_.@-]{1,64}",
          name -> name);
  private static final ConfigType<String> HOST =
      word(
          Codes.BAD_ADDRESS,
          "a host name such as gw.example, without a port",
          "[A-Za-z0-9._-]{1,253}",
          name -> name.toLowerCase(Locale.ROOT));
  private static final ConfigType<String> ORIGIN =
      word(
          Codes.BAD_URL,
          "an origin such as https://panel.example, without a path",
          "https?://[A-Za-z0-9.:-]{1,253}",
          origin -> origin.toLowerCase(Locale.ROOT));
  private static final ConfigType<String> BASE_PATH =
      word(
          Codes.BAD_PATH,
          "a path such as /fairlead/",
          "/|(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+/?",
          path -> path.endsWith("/") ? path : path + "/");

  private static final RecordType<ControlLimits> LIMITS =
      RecordType.define(
          "control_limits",
          "Bounds of those who use the control API.",
          fields -> {
            Field<Limit> connections =
                fields
                    .key(
                        "connections_per_source",
                        Types.limit(),
                        "Connections of one address, or of one user of the unix socket; more are"
                            + " answered 503. 128 over TCP and 64 over the unix socket are the most"
                            + " in all.")
                    .orElse(ControlLimits.DEFAULTS.connections());
            Field<Limit> depth =
                fields
                    .key(
                        "json_depth",
                        Types.limit(),
                        "Objects and lists in each other, in what a caller sends; more is 413.")
                    .orElse(ControlLimits.DEFAULTS.depth());
            Field<Limit> text =
                fields
                    .key("json_text", HttpBoundsTypes.bodyMax(), "One text in it; more is 413.")
                    .orElse(ControlLimits.DEFAULTS.text());
            Field<Limit> document =
                fields
                    .key(
                        "body",
                        HttpBoundsTypes.bodyMax(),
                        "What a caller sends; more is 413. For new connections.")
                    .orElse(ControlLimits.DEFAULTS.document());
            return values ->
                new ControlLimits(
                    values.get(connections),
                    values.get(depth),
                    values.get(text),
                    values.get(document));
          });

  /** TLS of the TCP door. */
  public record Tls(Reference cert) {
    private static final RecordType<Tls> TYPE =
        RecordType.define(
            "control_tls",
            "TLS of the control API's TCP address.",
            fields -> {
              Field<Reference> cert =
                  fields
                      .key("cert", Types.reference("certs"), "Name of an entry of section certs.")
                      .required();
              return values -> new Tls(values.get(cert));
            });
  }

  /** A token besides the generated one. */
  public record Token(String name, Grade role, Secret secret) {
    private static final RecordType<Token> TYPE =
        RecordType.define(
            "control_token",
            "A token besides the generated one.",
            fields -> {
              Field<String> name =
                  fields
                      .key("name", NAME, "What the audit file calls whoever uses it.")
                      .example("ci")
                      .required();
              Field<Grade> role =
                  fields
                      .key("role", Types.choice(Grade.class), "What it may do: " + GRADES)
                      .required();
              Field<Secret> secret =
                  fields
                      .key(
                          "secret",
                          Types.secret(),
                          "At least 128 bits of chance: 22 characters of base64, 32 of hex.")
                      .required();
              fields.check(
                  (values, checks) ->
                      NamedToken.weakness(values.get(secret))
                          .ifPresent(
                              why ->
                                  checks.error(
                                      secret,
                                      ControlCodes.WEAK_TOKEN,
                                      why,
                                      "make one: openssl rand -base64 32")));
              return values -> new Token(values.get(name), values.get(role), values.get(secret));
            });

    NamedToken named() {
      return new NamedToken(name, role.role(), secret);
    }
  }

  /** Somebody who may log in with a password. */
  public record User(String name, Grade role, Path passwordFile) {
    private static final RecordType<User> TYPE =
        RecordType.define(
            "control_user",
            "Somebody who may log in with a password.",
            fields -> {
              Field<String> name =
                  fields.key("name", NAME, "Name of the account in the file.").required();
              Field<Grade> role =
                  fields
                      .key("role", Types.choice(Grade.class), "What the user may do: " + GRADES)
                      .required();
              Field<Path> file =
                  fields
                      .key(
                          "password_file",
                          Types.path(),
                          "Users file (name:hash lines) that holds the account.")
                      .example("secrets/admin.pw")
                      .required();
              return values -> new User(values.get(name), values.get(role), values.get(file));
            });
  }

  /** Its one definition. */
  public static final RecordType<ControlConfig> TYPE =
      RecordType.define(
          "control",
          "The control API: shows and steers the running gateway, for the command line, scripts and"
              + " monitoring.",
          ReloadClass.LIVE,
          fields -> {
            Field<Boolean> enabled =
                fields
                    .key("enabled", Types.bool(), "Whether there is a control API at all.")
                    .orElse(true);
            Field<Optional<ListenAddress>> listen =
                fields
                    .key(
                        "listen",
                        Types.orOff(Types.listenAddress()),
                        "TCP address of the API. Callers need a token or a login, except as"
                            + " `compat_get` says; beyond this machine it needs `tls` too.")
                    .reload(ReloadClass.LISTENER)
                    .orElse(Optional.of(new ListenAddress.Host("127.0.0.1", 8837)));
            Field<Optional<Path>> socket =
                fields
                    .key(
                        "socket",
                        Types.orOff(Types.path()),
                        "Unix socket of the API, mode 0600. Callers are known by their uid and need"
                            + " no token.")
                    .reload(ReloadClass.LISTENER)
                    .orElse(Optional.of(Path.of("run/control.sock")));
            Field<Boolean> compatGet =
                fields
                    .key(
                        "compat_get",
                        Types.bool(),
                        "Whether `GET /now`, `/adapt`, `/reload` and `/stop` work without a token"
                            + " for programs of the gateway's own user and of root, such as a plain"
                            + " `curl` on this machine. Browsers are always refused.")
                    .orElse(true);
            Field<List<Integer>> allowUids =
                fields
                    .key(
                        "allow_uids",
                        Types.listOf(Types.integer().between(0, Integer.MAX_VALUE)),
                        "User ids that may use the unix socket besides the gateway's own and root.")
                    .example("[1000]")
                    .orElse(List.of());
            Field<String> basePath =
                fields
                    .key(
                        "base_path",
                        BASE_PATH,
                        "Path below which another proxy shows the API. The short paths do not exist"
                            + " there.")
                    .example("/fairlead/")
                    .orElse("/");
            Field<List<String>> hosts =
                fields
                    .key(
                        "hosts",
                        Types.listOf(HOST),
                        "Names callers may write in `Host`, besides localhost and literal addresses"
                            + " of this machine; any other is refused, so that no foreign name that"
                            + " resolves here opens the API to a web page.")
                    .example("[gw.example]")
                    .orElse(List.of());
            Field<Optional<Tls>> tls =
                fields.key("tls", Tls.TYPE, "Speak TLS on the TCP address.").optional();
            Field<List<Token>> tokens =
                fields
                    .key(
                        "tokens",
                        Types.listOf(Token.TYPE),
                        "Tokens besides the generated one in the state directory, each with a name"
                            + " and a role.")
                    .orElse(List.of());
            Field<List<User>> users =
                fields
                    .key("users", Types.listOf(User.TYPE), "Who may log in with a password.")
                    .orElse(List.of());
            Field<List<String>> corsOrigins =
                fields
                    .key(
                        "cors_origins",
                        Types.listOf(ORIGIN),
                        "Origins whose pages may use the API with a token; none by default, and"
                            + " then no CORS header is ever sent.")
                    .orElse(List.of());
            Field<ControlLimits> limits =
                fields
                    .key("limits", LIMITS, "Bounds of those who use the API.")
                    .orElse(ControlLimits.DEFAULTS);
            Field<DashboardConfig> dashboard =
                fields
                    .key("dashboard", DashboardConfig.TYPE, "Pages for people, in a browser.")
                    .orElse(DashboardConfig.DEFAULTS);
            fields.check(
                (values, checks) -> {
                  unique(
                      values.get(tokens).stream().map(Token::name).toList(),
                      values.path() + "/tokens",
                      checks);
                  unique(
                      values.get(users).stream().map(User::name).toList(),
                      values.path() + "/users",
                      checks);
                  if (!values.get(enabled)) return;
                  values
                      .get(listen)
                      .ifPresent(
                          address -> {
                            if (address instanceof ListenAddress.Unix) {
                              checks.error(
                                  listen,
                                  ControlCodes.NOT_TCP,
                                  "is a unix socket",
                                  "name it under `socket` and write `listen: off`");
                            } else if (!address.local() && values.get(tls).isEmpty()) {
                              checks.error(
                                  listen,
                                  ControlCodes.REMOTE,
                                  "would let other machines reach the control API without TLS",
                                  "add `tls: { cert: <name> }`, or listen on 127.0.0.1 and use a"
                                      + " tunnel such as ssh -L");
                            }
                          });
                });
            return values ->
                new ControlConfig(
                    values.get(enabled),
                    values.get(listen),
                    values.get(socket),
                    values.get(compatGet),
                    Set.copyOf(values.get(allowUids)),
                    values.get(basePath),
                    Set.copyOf(values.get(hosts)),
                    values.get(tls),
                    values.get(tokens),
                    values.get(users),
                    Set.copyOf(values.get(corsOrigins)),
                    values.get(limits),
                    values.get(dashboard));
          });

  public ControlConfig {
    allowUids = Set.copyOf(allowUids);
    hosts = Set.copyOf(hosts);
    tokens = List.copyOf(tokens);
    users = List.copyOf(users);
    corsOrigins = Set.copyOf(corsOrigins);
  }

  /** Who may come in. */
  AccessRules rules() {
    Map<String, Role> roles = new HashMap<>();
    for (User user : users) roles.put(user.name(), user.role().role());
    return new AccessRules(
        allowUids,
        compatGet,
        tokens.stream().map(Token::named).toList(),
        roles,
        hosts,
        corsOrigins,
        basePath);
  }

  private static ConfigType<String> word(
      Code code, String form, String pattern, UnaryOperator<String> normal) {
    return Types.literal(
        code,
        form,
        Map.of("type", "string", "pattern", "^(" + pattern + ")$"),
        text -> text.matches(pattern) ? Optional.of(normal.apply(text)) : Optional.<String>empty(),
        text -> text);
  }

  private static void unique(List<String> names, String path, Checks checks) {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < names.size(); i++) {
      if (seen.add(names.get(i))) continue;
      checks.errorAt(
          path + "/" + i + "/name",
          ControlCodes.NAME_TWICE,
          "`" + names.get(i) + "` stands there already",
          "give each its own name, so that the audit file can tell them apart");
    }
  }

  /** Where TCP doors are wanted; resolved, none when off. */
  List<InetSocketAddress> tcpPlaces() {
    if (!enabled || listen.isEmpty()) return List.of();
    return switch (listen.get()) {
      case ListenAddress.Host(String host, int port) -> List.of(new InetSocketAddress(host, port));
      case ListenAddress.Loopback(int port) -> {
        List<InetSocketAddress> both = new ArrayList<>();
        both.add(new InetSocketAddress("127.0.0.1", port));
        if (hasIpv6Loopback()) both.add(new InetSocketAddress("::1", port));
        yield both;
      }
      case ListenAddress.Unix _ -> List.of(); // refused by the check above
    };
  }

  /** Where the unix door is wanted. */
  Optional<Path> unixPlace() {
    return enabled ? socket : Optional.empty();
  }

  private static boolean hasIpv6Loopback() {
    try {
      return NetworkInterface.getByInetAddress(InetAddress.getByName("::1")) != null;
    } catch (SocketException | UnknownHostException none) {
      return false;
    }
  }
}
