package io.fairlead.proxy.egress;

import io.fairlead.core.address.HostAndPort;
import io.fairlead.core.address.IpLiteral;
import io.fairlead.core.address.PortRange;
import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.unit.Secret;
import io.fairlead.net.access.AccessTypes;
import io.fairlead.net.access.DestinationPattern;
import io.fairlead.net.chain.ProxyHop;
import io.fairlead.net.dial.DialOptions;
import io.fairlead.net.dial.NameServers;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The key {@code egress} of a forward proxy service.
 *
 * @param options of every socket that leaves
 * @param proxies other proxies, by name
 * @param tunnels agents of tunnels that make connections, by name
 * @param rules which way for which destination; the first that fits decides
 * @param via the way when no rule fits: names of proxies, or {@link #DIRECT}, tried in order
 */
public record EgressConfig(
    DialOptions options,
    Map<String, Hop> proxies,
    Map<String, Exit> tunnels,
    List<Rule> rules,
    List<String> via) {
  /** The word for no proxy at all. */
  public static final String DIRECT = "direct";

  public static final EgressConfig NONE =
      new EgressConfig(DialOptions.NONE, Map.of(), Map.of(), List.of(), List.of(DIRECT));

  public EgressConfig {
    proxies = Map.copyOf(proxies);
    tunnels = Map.copyOf(tunnels);
    rules = List.copyOf(rules);
    via = List.copyOf(via);
  }

  /** Files it names whose content is part of it. */
  public List<Path> namedFiles() {
    return proxies.values().stream().flatMap(hop -> hop.tls().flatMap(Tls::ca).stream()).toList();
  }

  /** Whether users choose an agent by the name they log in by. */
  public boolean byName() {
    return tunnels.values().stream().anyMatch(exit -> exit.agent().isEmpty());
  }

  /**
   * The way through an agent of a tunnel.
   *
   * @param agent empty: the user's name chooses it
   * @param service its exit; empty: the one it has
   */
  public record Exit(Optional<String> agent, Optional<String> service) {}

  /** One other proxy. */
  public record Hop(
      ProxyHop.Kind kind,
      Destination.HostPort address,
      Optional<Tls> tls,
      Optional<ProxyHop.Login> login) {}

  /** How the way to it is secured. */
  public record Tls(Optional<Path> ca, Optional<String> serverName, boolean insecureSkipVerify) {}

  /** One rule: what it leaves out always fits. */
  public record Rule(
      List<String> via,
      Optional<String> user,
      Optional<DestinationPattern> destination,
      Optional<PortRange> port) {
    public Rule {
      via = List.copyOf(via);
    }
  }

  private static final String FIX = "name it in `proxies` or `tunnels`, or write `direct`";
  private static final int DNS_PORT = 53;
  private static final int NAME_AND_PASSWORD_MAX = 255; // RFC 1929 §2

  private static final ConfigType<InetAddress> ADDRESS =
      Types.literal(
          Codes.BAD_ADDRESS,
          "an IP address such as 203.0.113.7",
          Map.of("type", "string", "minLength", 2L),
          IpLiteral::parse,
          InetAddress::getHostAddress);

  private static final ConfigType<String> DEVICE =
      Types.string().matching("[A-Za-z0-9_.:@-]{1,15}", "the name of a network interface");

  private static final RecordType<Tls> TLS =
      RecordType.define(
          "ForwardHopTls",
          "TLS on the way to another proxy",
          f -> {
            var ca =
                f.key(
                        "ca",
                        Types.path(),
                        "PEM file of the authorities to trust; the system's when it is not given.")
                    .optional();
            var name =
                f.key(
                        "server_name",
                        Types.string(),
                        "Name to ask for and to verify; the proxy's host when it is not given.")
                    .optional();
            var insecure =
                f.key("insecure_skip_verify", Types.bool(), "Accepts any certificate.")
                    .orElse(false);
            return v -> new Tls(v.get(ca), v.get(name), v.get(insecure));
          });

  private static final RecordType<Hop> HOP =
      RecordType.define(
          "ForwardHop",
          "another proxy on the way out",
          f -> {
            var type =
                f.key("type", Types.choice(ProxyHop.Kind.class), "What it speaks.").required();
            var address =
                f.key("address", Types.hostPort(), "Where it listens.")
                    .example("proxy.example.org:3128")
                    .required();
            var tls =
                f.key("tls", TLS, "Secures the way to it; `{}` with the system's trust.")
                    .optional();
            var user =
                f.key(
                        "user",
                        Types.string().matching("[^:]{1,255}", "a name without a colon"),
                        "Our account there.")
                    .optional();
            var password = f.key("password", Types.secret(), "Its password.").optional();
            f.check(
                (v, checks) -> {
                  if (v.get(user).isPresent() != v.get(password).isPresent()) {
                    checks.error(
                        user, Codes.UNFIT, "`user` and `password` go together", "give both");
                  }
                  int length = v.get(password).map(EgressConfig::bytes).orElse(1);
                  if (length < 1 || length > NAME_AND_PASSWORD_MAX) {
                    checks.error(
                        password,
                        Codes.UNFIT,
                        "a password of " + length + " bytes cannot be sent",
                        "1 to 255 bytes are possible");
                  }
                });
            return v ->
                new Hop(
                    v.get(type),
                    v.get(address),
                    v.get(tls),
                    v.get(user)
                        .flatMap(
                            name -> v.get(password).map(word -> new ProxyHop.Login(name, word))));
          });

  private static final RecordType<Exit> EXIT =
      RecordType.define(
          "ForwardExit",
          "the way out through a tunnel agent's service of type socks",
          f -> {
            var agent =
                f.key(
                        "agent",
                        Types.string(),
                        "Which agent of `tunnels.server`. Not given: the user's name chooses it,"
                            + " who logs in as ACCOUNT-AGENT.")
                    .example("sensor-17")
                    .optional();
            var service =
                f.key(
                        "service",
                        Types.string(),
                        "Which of its services of type socks; the first by name when not given.")
                    .optional();
            return v -> new Exit(v.get(agent), v.get(service));
          });

  private static final ConfigType<InetSocketAddress> SERVER =
      Types.literal(
          Codes.BAD_ADDRESS,
          "the address of a name server such as 192.0.2.53 or 192.0.2.53:5353",
          Map.of("type", "string", "minLength", 2L),
          EgressConfig::server,
          server ->
              new HostAndPort(server.getAddress().getHostAddress(), server.getPort()).toString());

  private static final RecordType<NameServers> DNS =
      RecordType.define(
          "ForwardDns",
          "who is asked about names",
          f -> {
            var servers =
                f.key("servers", Types.listOf(SERVER).notEmpty(), "Name servers, asked in order.")
                    .example("[192.0.2.53]")
                    .required();
            var min =
                f.key("ttl_min", Types.duration(), "Answers are kept at least that long.")
                    .orElse(Duration.ofSeconds(1));
            var max =
                f.key("ttl_max", Types.duration(), "Answers are kept at most that long.")
                    .orElse(Duration.ofHours(1));
            f.check(
                (v, checks) -> {
                  if (v.get(max).compareTo(v.get(min)) < 0) {
                    checks.error(
                        max, Codes.UNFIT, "shorter than `ttl_min`", "make it longer than that");
                  }
                });
            return v -> new NameServers(v.get(servers), v.get(min), v.get(max));
          });

  private static final ConfigType<List<String>> VIA =
      Types.listOf(Types.string()).notEmpty().orSingle();

  private static final RecordType<Rule> RULE =
      RecordType.define(
          "ForwardEgressRule",
          "which way out; the first rule that fits decides",
          f -> {
            var via =
                f.key("via", VIA, "Names of `proxies`, or `direct`; tried in order.").required();
            var user =
                f.key("user", Types.string(), "An account, or `*` for anyone who logged in.")
                    .optional();
            var destination =
                f.key(
                        "destination",
                        AccessTypes.PATTERN,
                        "`host`, `*.suffix`, an address or a block. A name is resolved here to be"
                            + " compared with a block; one that does not resolve fits none.")
                    .optional();
            var port =
                f.key("port", Types.portRange(), "Destination port or range of ports.").optional();
            return v -> new Rule(v.get(via), v.get(user), v.get(destination), v.get(port));
          });

  public static final RecordType<EgressConfig> TYPE =
      RecordType.define(
          "ForwardEgress",
          "which way flows leave",
          f -> {
            var bind =
                f.key(
                        "bind",
                        Types.listOf(ADDRESS).orSingle(),
                        "Local addresses to send from, at most one of each family. A family that"
                            + " is not named is then not used.")
                    .example("[203.0.113.7]")
                    .orElse(List.of());
            var device =
                f.key(
                        "interface",
                        DEVICE,
                        "Network interface to send through. Needs Linux with epoll.")
                    .optional();
            var mark =
                f.key(
                        "fwmark",
                        Types.integer().between(1, Integer.MAX_VALUE),
                        "Mark on what is sent, for routing and packet filter. Needs Linux with"
                            + " epoll and CAP_NET_ADMIN.")
                    .optional();
            var prefer =
                f.key(
                        "prefer",
                        Types.choice(DialOptions.Prefer.class),
                        "Which family is tried first; the other follows a quarter of a second"
                            + " later. `happy` takes the resolver's order.")
                    .orElse(DialOptions.Prefer.HAPPY);
            var dns =
                f.key("dns", DNS, "Name servers of this service; the system's by default.")
                    .optional();
            var proxies =
                f.key("proxies", Types.mapOf(HOP), "Other proxies, by name.").orElse(Map.of());
            var tunnels =
                f.key(
                        "tunnels",
                        Types.mapOf(EXIT),
                        "Tunnel agents as ways out, by name. The agent makes the connection and"
                            + " looks the name up; its own rules hold besides those here.")
                    .example("{ home: { agent: sensor-17 } }")
                    .orElse(Map.of());
            var rules =
                f.key("rules", Types.listOf(RULE), "Which way for which destination.")
                    .example("[{ via: corp, destination: \"*.corp.example\" }]")
                    .orElse(List.of());
            var via =
                f.key(
                        "via",
                        VIA,
                        "The way when no rule fits: names of `proxies` or `tunnels`, or `direct`. Several are"
                            + " tried in order: the next one when a proxy cannot be reached or does"
                            + " not let us in, never because of what it says of the destination.")
                    .orElse(List.of(DIRECT));
            f.check(
                (v, checks) -> {
                  long fours = v.get(bind).stream().filter(Inet4Address.class::isInstance).count();
                  if (fours > 1 || v.get(bind).size() - fours > 1) {
                    checks.error(
                        bind,
                        Codes.UNFIT,
                        "several addresses of one family",
                        "name at most one IPv4 and one IPv6 address");
                  }
                  Set<String> names = new HashSet<>(v.get(proxies).keySet());
                  for (String name : v.get(tunnels).keySet()) {
                    if (names.add(name)) continue;
                    checks.error(
                        tunnels,
                        Codes.UNFIT,
                        "a proxy has that name, too: " + name,
                        "give one of them another name");
                  }
                  if (names.contains(DIRECT)) {
                    checks.error(
                        v.get(proxies).containsKey(DIRECT) ? proxies : tunnels,
                        Codes.UNFIT,
                        "`direct` is the word for no proxy",
                        "give it another name");
                  }
                  for (String name : unknown(v.get(via), names)) {
                    checks.error(via, Codes.UNFIT, notThere(name), FIX);
                  }
                  for (Rule rule : v.get(rules)) {
                    for (String name : unknown(rule.via(), names)) {
                      checks.error(rules, Codes.UNFIT, notThere(name), FIX);
                    }
                  }
                });
            return v -> {
              Map<String, Hop> hops = v.get(proxies);
              List<InetAddress> sources = new ArrayList<>(v.get(bind));
              return new EgressConfig(
                  new DialOptions(sources, v.get(device), v.get(mark), v.get(prefer), v.get(dns)),
                  hops,
                  v.get(tunnels),
                  v.get(rules),
                  v.get(via));
            };
          });

  private static String notThere(String name) {
    return "no proxy and no tunnel is called \"" + name + "\"";
  }

  private static List<String> unknown(List<String> via, Set<String> names) {
    return via.stream().filter(name -> !name.equals(DIRECT) && !names.contains(name)).toList();
  }

  private static Optional<InetSocketAddress> server(String text) {
    return IpLiteral.parse(text)
        .map(address -> new InetSocketAddress(address, DNS_PORT))
        .or(
            () ->
                HostAndPort.parse(text, 1)
                    .flatMap(
                        place ->
                            IpLiteral.parse(place.host())
                                .map(address -> new InetSocketAddress(address, place.port()))));
  }

  private static int bytes(Secret password) {
    return password.reveal().getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
  }
}
