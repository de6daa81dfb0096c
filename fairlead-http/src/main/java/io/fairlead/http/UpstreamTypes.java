package io.fairlead.http;

import io.fairlead.core.config.Checks;
import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.core.config.Values;
import io.fairlead.core.dial.Destination;
import io.fairlead.http.balance.Method;
import io.fairlead.http.exchange.TimeoutOverrides;
import io.fairlead.http.upstream.BalanceConfig;
import io.fairlead.http.upstream.UpstreamConfig;
import io.fairlead.http.upstream.UpstreamConfig.EndpointConfig;
import io.fairlead.net.http.ForwardPlan;
import io.fairlead.net.http.HttpBoundsTypes;
import io.fairlead.net.proxyprotocol.SendHeader;
import io.fairlead.net.tls.KeyPins;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** How upstreams are read. */
final class UpstreamTypes {
  private static final int WEIGHT_MAX = EndpointConfig.WEIGHT_MAX;

  private static final ConfigType<Destination> TUNNEL =
      Types.literal(
          Codes.BAD_ADDRESS,
          "the names of an agent and its service, such as sensor-17/web",
          Map.of("type", "string", "pattern", "^[A-Za-z0-9_.-]+/[a-z0-9_.-]+$"),
          UpstreamTypes::tunnel,
          to ->
              to instanceof Destination.Tunnel(String agent, String service)
                  ? agent + "/" + service
                  : "");

  private static Optional<Destination> tunnel(String text) {
    Matcher names = Pattern.compile("([A-Za-z0-9_.-]{1,64})/([a-z0-9_.-]{1,63})").matcher(text);
    return names.matches()
        ? Optional.of(new Destination.Tunnel(names.group(1), names.group(2)))
        : Optional.empty();
  }

  static final RecordType<EndpointConfig> ENDPOINT =
      RecordType.define(
          "Endpoint",
          "one server of an upstream",
          ReloadClass.LIVE,
          f -> {
            var url =
                f.key(
                        "url",
                        serverUrl(),
                        "Scheme, host and port. With `https` the server's certificate is"
                            + " verified.")
                    .example("http://127.0.0.1:3000")
                    .optional();
            var address =
                f.key(
                        "address",
                        Types.destination(),
                        "Host and port, or `unix:` and a path; plain, without a scheme.")
                    .example("127.0.0.1:5432")
                    .optional();
            var name =
                f.key(
                        "name",
                        Types.string()
                            .matching("[a-z0-9_.-]{1,64}", "1-64 of a-z, 0-9, _, . and -"),
                        "What figures and operators call it; `e1`, `e2`, … when not given.")
                    .optional();
            var group =
                f.key(
                        "group",
                        Types.integer().between(0, 1000),
                        "For `failover`: lower groups serve first. Without groups the order counts.")
                    .optional();
            var weight =
                f.key(
                        "weight",
                        Types.integer().between(1, WEIGHT_MAX),
                        "Share of the requests, relative to the other endpoints.")
                    .orElse(EndpointConfig.WEIGHT_DEFAULT);
            var tunnel =
                f.key(
                        "tunnel",
                        TUNNEL,
                        "`AGENT/SERVICE`: a service of an agent of `tunnels.server`, private ones"
                            + " included; it is unreachable while the agent or the service is away.")
                    .example("sensor-17/web")
                    .optional();
            f.exactlyOneOf(url, address, tunnel);
            return v ->
                v.get(url)
                    .map(
                        u ->
                            new EndpointConfig(
                                v.get(name),
                                destination(u),
                                secured(u),
                                v.get(weight),
                                v.get(group)))
                    .orElseGet(
                        () ->
                            new EndpointConfig(
                                v.get(name),
                                v.get(address).or(() -> v.get(tunnel)).orElseThrow(),
                                false,
                                v.get(weight),
                                v.get(group)));
          });

  static final RecordType<ForwardPlan.Timeouts> TIMEOUTS =
      RecordType.define(
          "UpstreamTimeouts",
          "how long an upstream may take",
          ReloadClass.LIVE,
          f -> {
            ForwardPlan.Timeouts defaults = ForwardPlan.Timeouts.DEFAULTS;
            var connect =
                f.key("connect", time(), "For resolving, connecting and TLS together, per attempt.")
                    .orElse(defaults.connect());
            var head =
                f.key(
                        "response_header",
                        time(),
                        "From the request sent to the head of the response.")
                    .orElse(defaults.responseHead());
            var idle =
                f.key("response_idle", time(), "Between two parts of a response's body.")
                    .orElse(defaults.responseIdle());
            var stream =
                f.key(
                        "stream_idle",
                        time(),
                        "Silence in both directions after which an upgraded stream ends.")
                    .orElse(defaults.streamIdle());
            return v ->
                new ForwardPlan.Timeouts(v.get(connect), v.get(head), v.get(idle), v.get(stream));
          });

  private static final ConfigType<String> PIN =
      Types.literal(
          Codes.UNFIT,
          "sha256/ and 44 characters of base64",
          Map.of("pattern", KeyPins.FORM),
          text -> text.matches(KeyPins.FORM) ? Optional.of(text) : Optional.empty(),
          pin -> pin);

  static final RecordType<UpstreamConfig.TlsConfig> TLS =
      RecordType.define(
          "UpstreamTls",
          "how servers with an `https` URL are verified",
          ReloadClass.LIVE,
          f -> {
            var insecure =
                f.key(
                        "insecure_skip_verify",
                        Types.bool(),
                        "Accepts any certificate. Every load warns about it.")
                    .orElse(false);
            var ca =
                f.key(
                        "ca",
                        Types.path(),
                        "PEM file of the authorities to trust; the system's when it is not given.")
                    .optional();
            var serverName =
                f.key(
                        "server_name",
                        Types.string(),
                        "Name to ask for and to verify; the endpoint's host when it is not given.")
                    .optional();
            var sni = f.key("sni", Types.string(), "Another word for `server_name`.").optional();
            var cert =
                f.key("cert", Types.path(), "PEM file of the certificate we show.").optional();
            var key = f.key("key", Types.path(), "PEM file of its private key.").optional();
            var pins =
                f.key(
                        "pins",
                        Types.listOf(PIN),
                        "Public keys (sha256/BASE64 of SubjectPublicKeyInfo) one of which must be in"
                            + " the server's chain, besides all else.")
                    .example("[sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=]")
                    .orElse(List.of());
            f.atMostOneOf(serverName, sni);
            f.check(
                (v, checks) -> {
                  if (v.get(cert).isPresent() != v.get(key).isPresent()) {
                    checks.error(cert, Codes.UNFIT, "`cert` and `key` go together", "give both");
                  }
                });
            return v ->
                new UpstreamConfig.TlsConfig(
                    v.get(insecure),
                    v.get(ca),
                    v.get(serverName).or(() -> v.get(sni)),
                    v.get(cert)
                        .flatMap(
                            c -> v.get(key).map(k -> new UpstreamConfig.TlsConfig.Identity(c, k))),
                    v.get(pins));
          });

  static final RecordType<UpstreamConfig> UPSTREAM =
      RecordType.define(
          "Upstream",
          "a cluster of servers that take the same requests",
          ReloadClass.LIVE,
          f -> {
            BalanceConfig defaults = BalanceConfig.DEFAULTS;
            Field<List<EndpointConfig>> endpoints =
                f.key(
                        "endpoints",
                        Types.listOf(ENDPOINT),
                        "The servers. With none, every request is answered 503, unless something"
                            + " else adds members.")
                    .orElse(List.of());
            var discover =
                f.key(
                        "discover",
                        UpstreamPolicyTypes.DISCOVER,
                        "A name whose addresses serve, too.")
                    .optional();
            var balance =
                f.key(
                        "balance",
                        UpstreamPolicyTypes.BALANCE,
                        "Which endpoint takes the next request: `p2c_ewma` the cheaper of two,"
                            + " `round_robin` in turn, `random` by lot, `least_conn` who has fewest"
                            + " requests, `ring_hash` and `maglev` by a key, `failover` (also"
                            + " `first`) the first group that is healthy enough.")
                    .orElse(
                        new UpstreamPolicyTypes.Balance(Method.P2C_EWMA, defaults.key()),
                        "p2c_ewma");
            var sticky =
                f.key("sticky", UpstreamPolicyTypes.STICKY, "Keeps a client by a cookie.")
                    .optional();
            var slowStart =
                f.key(
                        "slow_start",
                        Types.duration(),
                        "Time over which a new or recovered endpoint grows to its weight, in a"
                            + " line; 0s for none. Not for `ring_hash` and `maglev`.")
                    .orElse(defaults.slowStart());
            var panic =
                f.key(
                        "panic",
                        Types.percent(),
                        "When a smaller share is healthy, health is ignored; 0% for never.")
                    .orElse(defaults.panic());
            var health =
                f.key("health", UpstreamPolicyTypes.HEALTH, "Asks endpoints whether they are well.")
                    .optional();
            var passive =
                f.key("passive", UpstreamPolicyTypes.PASSIVE, "Learns from requests who is not.")
                    .orElse(UpstreamPolicyTypes.PASSIVE.defaults());
            var retry =
                f.key("retry", UpstreamPolicyTypes.RETRY, "When another endpoint is tried.")
                    .orElse(UpstreamPolicyTypes.RETRY.defaults());
            var breaker =
                f.key("breaker", UpstreamPolicyTypes.BREAKER, "How much it is asked to do at once.")
                    .orElse(UpstreamPolicyTypes.BREAKER.defaults());
            var pool =
                f.key("pool", UpstreamPolicyTypes.POOL, "Idle connections.")
                    .orElse(UpstreamPolicyTypes.POOL.defaults());
            var timeouts =
                f.key("timeouts", TIMEOUTS, "How long its servers may take.")
                    .orElse(TIMEOUTS.defaults());
            var tls =
                f.key("tls", TLS, "How servers with an `https` URL are verified.")
                    .orElse(TLS.defaults());
            var protocol =
                f.key(
                        "protocol",
                        Types.choice(ForwardPlan.Protocol.class),
                        "Version of HTTP its servers are spoken to with: `auto` = what TLS agrees"
                            + " on, HTTP/1.1 without TLS; `h1` = HTTP/1.1; `h2` = HTTP/2 over TLS;"
                            + " `h2c` = HTTP/2 without TLS, which the servers must know.")
                    .example("h2c")
                    .orElse(UpstreamConfig.WIRE.protocol());
            var expect =
                f.key(
                        "forward_expect",
                        Types.bool(),
                        "Passes `Expect: 100-continue` on, so that the server decides whether the"
                            + " client sends its body, instead of the gateway.")
                    .orElse(false);
            var trailers =
                f.key(
                        "trailers",
                        Types.listOf(Types.string()),
                        "Names of trailer fields that pass in both directions besides `grpc-…`,"
                            + " `server-timing` and digests; of gRPC calls all pass.")
                    .example("[x-checksum]")
                    .orElse(List.of());
            var limits =
                f.key("limits", HttpBoundsTypes.UPSTREAM, "What its servers may answer.")
                    .orElse(HttpBoundsTypes.UPSTREAM.defaults());
            var announces =
                f.key(
                        "send_proxy_protocol",
                        SendHeader.TYPE,
                        "Begins each connection to its servers with a PROXY protocol header (`v1`"
                            + " or `v2`), before TLS, too. A connection then serves one client's"
                            + " requests only and ends with that client; checks speak for"
                            + " themselves (`LOCAL`). Streams say the same, unless they have a key"
                            + " of their own.")
                    .example("v2")
                    .optional();
            f.check(
                (v, checks) -> {
                  if (v.get(announces).isPresent() && v.get(pool).warm() > 0) {
                    checks.error(
                        announces,
                        Codes.UNFIT,
                        "a connection opened in advance has no client to announce",
                        "remove `warm` from `pool`, or `send_proxy_protocol`");
                  }
                  if (!v.written(endpoints) && v.get(discover).isEmpty()) {
                    checks.error(
                        endpoints,
                        Codes.REQUIRED,
                        "`endpoints` is missing",
                        "list them, write `[]`, or give `discover`");
                  }
                  checkNames(v, v.get(endpoints), checks);
                });
            return v ->
                new UpstreamConfig(
                    v.get(endpoints),
                    v.get(discover),
                    new BalanceConfig(
                        v.get(balance).method(),
                        v.get(balance).key(),
                        v.get(sticky),
                        v.get(slowStart),
                        v.get(panic)),
                    v.get(health),
                    v.get(passive),
                    v.get(retry),
                    v.get(breaker),
                    v.get(pool).settings(),
                    v.get(pool).warm(),
                    v.get(timeouts),
                    v.get(tls),
                    new ForwardPlan.Wire(
                        v.get(protocol),
                        v.get(expect),
                        v.get(trailers).stream()
                            .map(name -> name.toLowerCase(Locale.ROOT))
                            .collect(Collectors.toSet()),
                        v.get(limits),
                        v.get(announces)));
          });

  /** What a route may say about timeouts. */
  static final RecordType<TimeoutOverrides> ROUTE_TIMEOUTS =
      RecordType.define(
          "RouteTimeouts",
          "how long the upstream of a route may take, instead of what the upstream says",
          ReloadClass.LIVE,
          f -> {
            var connect = f.key("connect", time(), "For connecting, per attempt.").optional();
            var head = f.key("response_header", time(), "To the head of the response.").optional();
            var idle = f.key("response_idle", time(), "Between two parts of the body.").optional();
            var stream = f.key("stream_idle", time(), "Silence of an upgraded stream.").optional();
            return v ->
                new TimeoutOverrides(v.get(connect), v.get(head), v.get(idle), v.get(stream));
          });

  private UpstreamTypes() {}

  private static void checkNames(Values values, List<EndpointConfig> endpoints, Checks checks) {
    Set<String> names = new HashSet<>();
    for (int i = 0; i < endpoints.size(); i++) {
      Optional<String> name = endpoints.get(i).name();
      if (name.isPresent() && !names.add(name.get())) {
        checks.errorAt(
            values.path() + "/endpoints/" + i + "/name",
            Codes.UNFIT,
            "another endpoint is called `" + name.get() + "`, too",
            "give each its own");
      }
    }
  }

  private static ConfigType<Duration> time() {
    return Types.timeLimit(Duration.ofMillis(1));
  }

  private static ConfigType<URI> serverUrl() {
    return Types.httpUrl().mapped(HttpCodes.BAD_ENDPOINT, UpstreamTypes::checked, uri -> uri);
  }

  private static URI checked(URI uri) {
    String path = uri.getRawPath();
    if ((path != null && !path.isEmpty() && !path.equals("/"))
        || uri.getRawQuery() != null
        || uri.getRawFragment() != null
        || uri.getRawUserInfo() != null) {
      throw new IllegalArgumentException("give only scheme, host and port");
    }
    if (uri.getPort() == 0) throw new IllegalArgumentException("a port is 1-65535");
    return uri;
  }

  private static boolean secured(URI uri) {
    return uri.getScheme().equalsIgnoreCase("https");
  }

  private static Destination destination(URI uri) {
    String host = uri.getHost().toLowerCase(Locale.ROOT);
    if (host.startsWith("[")) host = host.substring(1, host.length() - 1);
    int port = uri.getPort() > 0 ? uri.getPort() : secured(uri) ? 443 : 80;
    return new Destination.HostPort(host, port);
  }
}
