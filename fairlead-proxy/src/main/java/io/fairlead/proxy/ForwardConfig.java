package io.fairlead.proxy;

import io.fairlead.core.address.PortRange;
import io.fairlead.core.config.Code;
import io.fairlead.core.config.Codes;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.core.unit.Limit;
import io.fairlead.core.unit.Secret;
import io.fairlead.net.access.AccessList;
import io.fairlead.net.access.AccessRule.Effect;
import io.fairlead.net.access.AccessTypes;
import io.fairlead.net.auth.AccountSource;
import io.fairlead.net.auth.JwtSettings;
import io.fairlead.net.auth.RegistryTokenSettings;
import io.fairlead.net.dial.DestinationRule;
import io.fairlead.net.http.Http2Limits;
import io.fairlead.net.http.Http2LimitsType;
import io.fairlead.net.http.HttpBounds;
import io.fairlead.net.http.HttpBoundsTypes;
import io.fairlead.net.http.HttpTimes;
import io.fairlead.net.http.ResponseLimits;
import io.fairlead.proxy.egress.EgressConfig;
import io.fairlead.proxy.udp.UdpConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * One forward proxy service: an entry of the section {@code forward}.
 *
 * @param id its name in the section
 * @param auth who may log in; empty lets everyone in
 * @param via the name in {@code Via}; empty means a random one for each process
 * @param anonymous no {@code Via} at all
 * @param hideEgress SOCKS answers do not tell the outbound address
 * @param socks4UseridAuth a SOCKS 4 userid stands for an account, without a password
 * @param open the operator's word that an open proxy is meant
 * @param fallbackHttp the http site that gets requests which are not for a proxy
 * @param http2 bounds of clients' HTTP/2 connections
 * @param egress which way flows leave
 * @param udp datagrams of SOCKS 5 clients
 * @param bind whether SOCKS 5 clients may wait for connections
 * @param revoke what becomes of requests under way of somebody who lost his right by a change
 */
public record ForwardConfig(
    String id,
    Set<Mode> modes,
    Optional<Auth> auth,
    Destinations destinations,
    AccessList access,
    Limits limits,
    Timeouts timeouts,
    Optional<String> via,
    boolean anonymous,
    boolean hideEgress,
    boolean socks4UseridAuth,
    boolean open,
    Optional<String> fallbackHttp,
    Http2Limits http2,
    EgressConfig egress,
    UdpConfig udp,
    boolean bind,
    Revoke revoke) {
  /** What becomes of a request under way that a change of the rules forbids. */
  public enum Revoke {
    FINISH,
    CUT
  }

  /** What a client may speak. */
  public enum Mode {
    HTTP,
    CONNECT,
    SOCKS5,
    SOCKS4
  }

  /**
   * Who may log in: accounts of a file or of a list, and those who show a signed token.
   *
   * @param users account name to password hash, or all of them to password
   * @param jwt tokens of an identity provider in the place of a password
   * @param registry tokens of members in the place of a password
   */
  public record Auth(
      Optional<Path> usersFile,
      Map<String, Secret> users,
      String realm,
      Optional<JwtSettings> jwt,
      Optional<RegistryTokenSettings> registry) {
    public Auth {
      users = Map.copyOf(users);
    }

    /** Accounts alone. */
    public Auth(Optional<Path> usersFile, Map<String, Secret> users, String realm) {
      this(usersFile, users, realm, Optional.empty(), Optional.empty());
    }

    /** Files whose content is part of it. */
    public List<Path> files() {
      return Stream.concat(usersFile.stream(), jwt.flatMap(JwtSettings::file).stream()).toList();
    }

    static final RecordType<Auth> TYPE =
        RecordType.define(
            "ForwardAuth",
            "who may use a forward proxy",
            f -> {
              var file =
                  f.key(
                          "users_file",
                          Types.path(),
                          "Accounts, one `name:hash` a line. Read again at every reload.")
                      .example("secrets/proxy.users")
                      .optional();
              var users =
                  f.key(
                          "users",
                          Types.freeMapOf(Types.secret()),
                          "Accounts written here: name to password hash, or all of them name to"
                              + " password.")
                      .optional();
              var realm =
                  f.key(
                          "realm",
                          AccountSource.realm(),
                          "Name shown by clients that ask for a password.")
                      .orElse("proxy");
              var jwt =
                  f.key(
                          "jwt",
                          JwtSettings.TYPE,
                          "Tokens of an identity provider, as password or `Bearer`.")
                      .optional();
              var registry =
                  f.key(
                          "registry",
                          RegistryTokenSettings.FORM,
                          "Tokens that members sign with the key of their entry, as password or"
                              + " `Bearer`; the name of their source, or more.")
                      .example("main")
                      .optional();
              f.atMostOneOf(file, users);
              f.check(
                  (v, checks) -> {
                    boolean said =
                        v.get(file).isPresent()
                            || v.get(users).isPresent()
                            || v.get(jwt).isPresent()
                            || v.get(registry).isPresent();
                    if (said) return;
                    checks.error(
                        file,
                        Codes.REQUIRED,
                        "nobody can log in",
                        "write users_file, users, jwt or registry");
                  });
              return v ->
                  new Auth(
                      v.get(file),
                      v.get(users).orElse(Map.of()),
                      v.get(realm),
                      v.get(jwt),
                      v.get(registry));
            });
  }

  /** Where flows may go; see {@link io.fairlead.net.dial.DestinationPolicy}. */
  public record Destinations(
      boolean denyPrivate,
      Optional<List<PortRange>> connectPorts,
      List<DestinationRule> allow,
      List<DestinationRule> deny) {
    public Destinations {
      connectPorts = connectPorts.map(List::copyOf);
      allow = List.copyOf(allow);
      deny = List.copyOf(deny);
    }

    private enum Private {
      DENY,
      ALLOW
    }

    static final RecordType<Destinations> TYPE =
        RecordType.define(
            "ForwardDestinations",
            "where a forward proxy may go",
            f -> {
              var nearby =
                  f.key(
                          "private",
                          Types.choice(Private.class),
                          "Loopback, private, link-local and other special addresses. Denied by"
                              + " default, because a proxy is often the only way into a network."
                              + " Cloud metadata addresses stay denied either way.")
                      .orElse(Private.DENY);
              var ports =
                  f.key(
                          "connect_ports",
                          Types.orWord("all", Types.listOf(Types.portRange())),
                          "Ports CONNECT may ask for. A tunnel hides what is in it, so only the"
                              + " port of TLS is open by default.")
                      .example("[443, 8443]")
                      .orElse(Optional.of(List.of(new PortRange(443, 443))));
              var allow =
                  f.key(
                          "allow",
                          Types.listOf(ForwardTypes.RULE),
                          "Exceptions that are allowed: `host`, `*.suffix`, an address or a block,"
                              + " each with an optional `:port`.")
                      .example("[\"*.example.org:8443\", \"127.0.0.1:8081\"]")
                      .orElse(List.of());
              var deny =
                  f.key(
                          "deny",
                          Types.listOf(ForwardTypes.RULE),
                          "Denied besides, in the same form.")
                      .orElse(List.of());
              return v ->
                  new Destinations(
                      v.get(nearby) == Private.DENY, v.get(ports), v.get(allow), v.get(deny));
            });
  }

  /** Bounds of one service. */
  public record Limits(
      Limit perUserConnections,
      Optional<ByteSize> bandwidth,
      HttpBounds http,
      ResponseLimits responses) {
    static final RecordType<Limits> TYPE =
        RecordType.define(
            "ForwardLimits",
            "bounds of a forward proxy",
            f -> {
              var perUser =
                  f.key(
                          "per_user_connections",
                          Types.limit(),
                          "Tunnels one account may have at a time; one more is refused. Off by"
                              + " default: the limits of each client address hold anyway.")
                      .orElse(Limit.OFF);
              var bandwidth =
                  f.key(
                          "bandwidth",
                          Types.orOff(Types.byteRate().atLeast(new ByteSize(1024))),
                          "Bytes per second of one account, all its tunnels and requests together,"
                              + " in each direction; of one connection where nobody logs in. UDP"
                              + " is not counted.")
                      .example("10MiB/s")
                      .orElse(Optional.empty());
              var http = f.flattened(HttpBoundsTypes.BOUNDS);
              var responses = f.flattened(HttpBoundsTypes.RESPONSES);
              return v ->
                  new Limits(
                      v.get(perUser),
                      v.get(bandwidth),
                      v.get(http),
                      v.get(responses).with(v.get(http).chunks()));
            });
  }

  /**
   * Bounds of time.
   *
   * @param detect from accept to a known protocol
   * @param handshake from there to a complete request
   * @param connect resolving and connecting together
   * @param halfClose of a tunnel of which one direction has ended
   * @param streamIdle of a tunnel without a byte
   * @param responseHead from a request sent to its response
   * @param responseIdle between bytes of a response
   * @param client how long a client may take within its requests
   */
  public record Timeouts(
      Duration detect,
      Duration handshake,
      Duration connect,
      Duration halfClose,
      Duration streamIdle,
      Duration responseHead,
      Duration responseIdle,
      HttpTimes client) {
    static final RecordType<Timeouts> TYPE =
        RecordType.define(
            "ForwardTimeouts",
            "how long a forward proxy waits",
            f -> {
              var detect =
                  f.key("detect", ForwardTypes.SPAN, "For the first bytes.").orElse(seconds(10));
              var handshake =
                  f.key(
                          "handshake",
                          ForwardTypes.SPAN,
                          "For a whole request head or SOCKS request.")
                      .orElse(seconds(10));
              var connect =
                  f.key("connect", ForwardTypes.SPAN, "For resolving a name and connecting to it.")
                      .orElse(seconds(10));
              var halfClose =
                  f.key(
                          "half_close",
                          ForwardTypes.SPAN,
                          "For the rest after one side ended its stream.")
                      .orElse(seconds(60));
              var streamIdle =
                  f.key(
                          "stream_idle",
                          ForwardTypes.SPAN,
                          "For a byte in a tunnel, in either direction.")
                      .orElse(Duration.ofHours(1));
              var responseHead =
                  f.key(
                          "response_head",
                          ForwardTypes.SPAN,
                          "For the response after a request was sent.")
                      .orElse(seconds(60));
              var responseIdle =
                  f.key("response_idle", ForwardTypes.SPAN, "For the next byte of a response.")
                      .orElse(seconds(60));
              var client = f.flattened(HttpBoundsTypes.TIMES);
              return v ->
                  new Timeouts(
                      v.get(detect),
                      v.get(handshake),
                      v.get(connect),
                      v.get(halfClose),
                      v.get(streamIdle),
                      v.get(responseHead),
                      v.get(responseIdle),
                      v.get(client));
            });
  }

  /** A listener that strangers reach stands before a service that lets them in. */
  public static final Code OPEN_PROXY =
      new Code(
          "F2101",
          "the listener would be an open proxy",
          "listeners: { edge: { bind: 0.0.0.0:1080, proto: mixed, service: egress } }\n"
              + "forward: { egress: {} }",
          "forward: { egress: { auth: { users_file: secrets/proxy.users } } }");

  /** The definition of one service; its id is its name in the section. */
  public static final RecordType<ForwardConfig> TYPE =
      RecordType.define(
          "Forward",
          "a forward proxy: HTTP, CONNECT and SOCKS on one port",
          ReloadClass.LIVE,
          f -> {
            Field<List<Mode>> modes =
                f.key(
                        "modes",
                        Types.listOf(Types.choice(Mode.class)),
                        "What clients may speak. SOCKS 4 has no passwords and is left out by"
                            + " default.")
                    .orElse(List.of(Mode.HTTP, Mode.CONNECT, Mode.SOCKS5));
            var auth =
                f.key(
                        "auth",
                        Auth.TYPE,
                        "Who may log in. Needed, or an `acl` by client, as soon as a listener is"
                            + " not loopback.")
                    .optional();
            var destinations =
                f.key("destinations", Destinations.TYPE, "Where flows may go.")
                    .orElse(Destinations.TYPE.defaults());
            var acl =
                f.key(
                        "acl",
                        Types.listOf(AccessTypes.RULE),
                        "Who may go where; the first rule that fits decides. `destinations` holds"
                            + " besides.")
                    .example("[{ deny: { user: guest, destination: \"*.example.org\" } }]")
                    .orElse(List.of());
            var aclDefault =
                f.key("acl_default", Types.choice(Effect.class), "What holds when no rule fits.")
                    .orElse(Effect.ALLOW);
            var limits =
                f.key("limits", Limits.TYPE, "Bounds of the service.")
                    .orElse(Limits.TYPE.defaults());
            var timeouts =
                f.key("timeouts", Timeouts.TYPE, "How long it waits.")
                    .orElse(Timeouts.TYPE.defaults());
            var via =
                f.key(
                        "via",
                        ForwardTypes.PSEUDONYM,
                        "Name in the Via field. By default a random one, which finds loops and"
                            + " tells nothing.")
                    .optional();
            var anonymous =
                f.key("anonymous", Types.bool(), "Send no Via; loops are then not found.")
                    .orElse(false);
            var hideEgress =
                f.key(
                        "hide_egress",
                        Types.bool(),
                        "Answer SOCKS requests with 0.0.0.0:0 in place of the outbound address.")
                    .orElse(false);
            var userid =
                f.key(
                        "socks4_userid_auth",
                        Types.bool(),
                        "Let the userid of SOCKS 4 stand for an account, without its password.")
                    .orElse(false);
            var open =
                f.key(
                        "i_understand_this_is_open",
                        Types.bool(),
                        "Run without `auth` and `acl` on a listener others can reach.")
                    .orElse(false);
            var fallback =
                f.key(
                        "fallback_http",
                        Types.reference("http"),
                        "The site that answers requests which are not for a proxy. Without it they"
                            + " are refused.")
                    .optional();
            var http2 =
                f.key("http2", Http2LimitsType.TYPE, "Bounds of HTTP/2 connections.")
                    .orElse(Http2LimitsType.TYPE.defaults());
            var egress =
                f.key("egress", EgressConfig.TYPE, "Which way flows leave.")
                    .orElse(EgressConfig.NONE);
            var udp =
                f.key("udp", UdpConfig.TYPE, "Datagrams of SOCKS 5 clients (UDP ASSOCIATE).")
                    .orElse(UdpConfig.DEFAULTS);
            var bind =
                f.key(
                        "bind",
                        Types.bool(),
                        "Let SOCKS 5 clients wait for one connection from outside (BIND), for two"
                            + " minutes at most.")
                    .orElse(false);
            var revoke =
                f.key(
                        "revoke",
                        Types.choice(Revoke.class),
                        "What becomes of requests under way when a reload forbids them: they may"
                            + " finish, or their connection ends at once. Tunnels end at once"
                            + " either way, and so does everything of a member that was removed.")
                    .orElse(Revoke.FINISH);
            return v ->
                new ForwardConfig(
                    v.id(),
                    setOf(v.get(modes)),
                    v.get(auth),
                    v.get(destinations),
                    new AccessList(v.get(acl), v.get(aclDefault)),
                    v.get(limits),
                    v.get(timeouts),
                    v.get(via),
                    v.get(anonymous),
                    v.get(hideEgress),
                    v.get(userid),
                    v.get(open),
                    v.get(fallback).map(site -> site.id()),
                    v.get(http2),
                    v.get(egress),
                    v.get(udp),
                    v.get(bind),
                    v.get(revoke));
          });

  public ForwardConfig {
    if (modes.isEmpty()) {
      throw new IllegalArgumentException("modes: none (expected: at least one)");
    }
    modes = Set.copyOf(modes);
  }

  /** Defaults of everything. */
  public static ForwardConfig defaults(String id) {
    return new ForwardConfig(
        id,
        EnumSet.of(Mode.HTTP, Mode.CONNECT, Mode.SOCKS5),
        Optional.empty(),
        Destinations.TYPE.defaults(),
        AccessList.OPEN,
        Limits.TYPE.defaults(),
        Timeouts.TYPE.defaults(),
        Optional.empty(),
        false,
        false,
        false,
        false,
        Optional.empty(),
        Http2Limits.DEFAULTS,
        EgressConfig.NONE,
        UdpConfig.DEFAULTS,
        false,
        Revoke.FINISH);
  }

  private static Set<Mode> setOf(List<Mode> modes) {
    return modes.isEmpty() ? Set.of() : EnumSet.copyOf(modes);
  }

  private static Duration seconds(int seconds) {
    return Duration.ofSeconds(seconds);
  }
}
