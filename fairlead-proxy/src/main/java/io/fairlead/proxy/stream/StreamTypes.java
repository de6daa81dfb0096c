package io.fairlead.proxy.stream;

import io.fairlead.core.config.Checks;
import io.fairlead.core.config.Codes;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.core.unit.Limit;
import io.fairlead.net.proxyprotocol.SendHeader;
import io.fairlead.proxy.stream.Bridge.Kind;
import io.fairlead.proxy.stream.StreamConfig.Access;
import io.fairlead.proxy.stream.StreamConfig.Datagrams;
import io.fairlead.proxy.stream.StreamConfig.Hello;
import io.fairlead.proxy.stream.StreamConfig.Limits;
import io.fairlead.proxy.stream.StreamConfig.Match;
import io.fairlead.proxy.stream.StreamConfig.Route;
import io.fairlead.proxy.stream.StreamConfig.Target;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** How the section {@code streams} is read. */
final class StreamTypes {
  private static final int DATAGRAM_MAX = 65_507; // RFC 768 over IPv4: 65535 - 20 - 8
  private static final Duration MILLISECOND = Duration.ofMillis(1);

  private enum Rest {
    ALLOW,
    DENY
  }

  private static final RecordType<Match> MATCH =
      RecordType.define(
          "StreamMatch",
          "what a stream must be like; what is left out fits always",
          f -> {
            var names =
                f.key(
                        "sni",
                        Types.listOf(
                            Types.string()
                                .matching(
                                    "(\\*\\.)?[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*",
                                    "a host name, or *. and a name")),
                        "Names a TLS client asks for: exact, or `*.` and a name for all below it.")
                    .example("[api.example.org, \"*.apps.example.org\"]")
                    .orElse(List.of());
            var protocols =
                f.key(
                        "alpn",
                        Types.listOf(Types.string().matching("[!-~]{1,255}", "printable text")),
                        "Protocols a TLS client offers (ALPN); one of them is enough.")
                    .example("[h2]")
                    .orElse(List.of());
            var prefixes =
                f.key(
                        "starts_with",
                        Types.listOf(Types.string().matching("[ -~]{1,64}", "printable text")),
                        "First bytes of clients that speak no TLS.")
                    .example("[\"SSH-\"]")
                    .orElse(List.of());
            var clients =
                f.key("client", Types.listOf(Types.cidr()), "Where the client connects from.")
                    .orElse(List.of());
            return v ->
                new Match(
                    v.get(names).stream().map(name -> name.toLowerCase(Locale.ROOT)).toList(),
                    v.get(protocols),
                    v.get(prefixes),
                    v.get(clients));
          });

  private static final RecordType<Route> ROUTE =
      RecordType.define(
          "StreamRoute",
          "streams that fit, and where they go",
          f -> {
            var id =
                f.key(
                        "id",
                        Types.string()
                            .matching("[a-z0-9_.-]{1,64}", "1-64 of a-z, 0-9, _, . and -"),
                        "What reports call it.")
                    .required();
            var match = f.key("match", MATCH, "Which streams.").orElse(MATCH.defaults());
            var upstream =
                f.key("upstream", Types.reference("upstreams"), "The group of servers.").optional();
            var destination =
                f.key("destination", Types.destinationOrPeer(), "The one server.").optional();
            var reject = f.key("reject", Types.bool(), "Refuses them.").orElse(false);
            f.check(
                (v, checks) -> {
                  int actions = v.get(reject) ? 1 : 0;
                  if (v.get(upstream).isPresent()) actions++;
                  if (v.get(destination).isPresent()) actions++;
                  if (actions == 1) return;
                  checks.error(
                      id,
                      Codes.UNFIT,
                      "a route has one of upstream, destination and reject: true",
                      actions == 0 ? "add one of them" : "keep one of them");
                });
            return v ->
                new Route(
                    v.get(id),
                    v.get(match),
                    target(v.get(upstream).map(found -> found.id()), v.get(destination)));
          });

  private static final RecordType<Access.Rule> RULE =
      RecordType.define(
          "StreamRule",
          "one rule; the first that fits decides",
          f -> {
            var allow = f.key("allow", Types.cidr(), "Lets these clients in.").optional();
            var deny = f.key("deny", Types.cidr(), "Refuses these clients.").optional();
            f.exactlyOneOf(allow, deny);
            return v ->
                new Access.Rule(
                    v.get(allow).isPresent(), v.get(allow).or(() -> v.get(deny)).orElseThrow());
          });

  private static final RecordType<Hello> HELLO =
      RecordType.define(
          "ClientHello",
          "bounds of looking at what a client says first",
          f -> {
            var timeout =
                f.key(
                        "timeout",
                        Types.timeLimit(MILLISECOND),
                        "For the first bytes. Who says nothing for so long goes where no name is"
                            + " needed.")
                    .orElse(Duration.ofSeconds(5));
            var max =
                f.key(
                        "max",
                        Types.size().atLeast(new ByteSize(512)).atMost(ByteSize.ofKibi(64)),
                        "Bytes.")
                    .orElse(ByteSize.ofKibi(16));
            return v -> new Hello(v.get(timeout), v.get(max));
          });

  private static final RecordType<Limits> LIMITS =
      RecordType.define(
          "StreamLimits",
          "bounds of a stream service",
          f -> {
            var connections =
                f.key("connections", Types.limit(), "TCP streams at a time; more are closed.")
                    .orElse(Limit.OFF);
            var sessions =
                f.key(
                        "sessions",
                        Types.limit(),
                        "UDP sessions at a time. A new client then takes the place of the one that"
                            + " was silent longest.")
                    .orElse(Limit.atMost(65_536));
            var queue =
                f.key(
                        "session_queue",
                        Types.limit(),
                        "Datagrams of a UDP session that wait until its server is known; more are"
                            + " dropped.")
                    .orElse(Limit.atMost(64));
            var bandwidth =
                f.key(
                        "bandwidth",
                        Types.orOff(Types.byteRate().atLeast(new ByteSize(1024))),
                        "Bytes per second of one TCP stream, in each direction.")
                    .example("1MiB/s")
                    .orElse(Optional.empty());
            return v ->
                new Limits(v.get(connections), v.get(sessions), v.get(queue), v.get(bandwidth));
          });

  private static final RecordType<Datagrams> DATAGRAMS =
      RecordType.define(
          "StreamDatagrams",
          "what concerns UDP only",
          f -> {
            var responses =
                f.key(
                        "responses",
                        Types.integer().between(1, 1_000_000),
                        "Answers after which a session ends early, e.g. 1 for DNS.")
                    .optional();
            var size =
                f.key(
                        "datagram_max",
                        Types.integer().between(1, DATAGRAM_MAX),
                        "Bytes of the longest datagram passed on; longer ones are dropped.")
                    .orElse(DATAGRAM_MAX);
            return v -> new Datagrams(v.get(responses), v.get(size));
          });

  static final RecordType<StreamConfig> STREAM =
      RecordType.define(
          "Stream",
          "TCP streams or UDP sessions passed on as they are",
          ReloadClass.LIVE,
          f -> {
            var routes =
                f.key("routes", Types.listOf(ROUTE), "Tried in order; the first that fits decides.")
                    .orElse(List.of());
            var upstream =
                f.key(
                        "upstream",
                        Types.reference("upstreams"),
                        "The group of servers for what no route fits.")
                    .optional();
            var destination =
                f.key(
                        "destination",
                        Types.destinationOrPeer(),
                        "One server for what no route fits: host and port, `unix:` and a path, or"
                            + " `/p2p/`, a peer and its protocol, which `relay.streams` dials.")
                    .example("127.0.0.1:5432")
                    .optional();
            f.atMostOneOf(upstream, destination);
            var acl =
                f.key(
                        "acl",
                        Types.listOf(RULE),
                        "Who may come; the first rule that fits decides. A stream that a change"
                            + " forbids is cut.")
                    .example("[{ allow: 10.0.0.0/8 }]")
                    .orElse(List.of());
            var otherwise =
                f.key("acl_default", Types.choice(Rest.class), "What holds when no rule fits.")
                    .orElse(Rest.ALLOW);
            var idle =
                f.key(
                        "idle_timeout",
                        Types.timeLimit(MILLISECOND),
                        "Without a byte in either direction. When not given: 1h for TCP, 60s for"
                            + " UDP.")
                    .optional();
            var halfClose =
                f.key(
                        "half_close_timeout",
                        Types.timeLimit(MILLISECOND),
                        "For the rest after one side ended its stream.")
                    .orElse(Duration.ofSeconds(60));
            var connect =
                f.key(
                        "connect_timeout",
                        Types.timeLimit(MILLISECOND),
                        "For reaching `destination`; an upstream has its own.")
                    .orElse(Duration.ofSeconds(5));
            var hello =
                f.key("client_hello", HELLO, "Bounds of looking at the first bytes.")
                    .orElse(HELLO.defaults());
            var limits = f.key("limits", LIMITS, "Bounds.").orElse(LIMITS.defaults());
            var datagrams =
                f.key("udp", DATAGRAMS, "What concerns UDP only.").orElse(DATAGRAMS.defaults());
            var sendHeader =
                f.key(
                        "send_proxy_protocol",
                        SendHeader.TYPE,
                        "Begins each stream to the server with a PROXY protocol header (`v1` or"
                            + " `v2`), before TLS that the gateway speaks, too; each datagram with"
                            + " one of version 2. An upstream's own key holds where this one is"
                            + " not given.")
                    .optional();
            var bridge =
                f.key(
                        "bridge",
                        Bridge.TYPE,
                        "Where one side speaks WebSocket: `tcp2ws` or `ws2tcp`. TLS comes from the"
                            + " listener and from an upstream's `https` URL.")
                    .optional();
            f.check(
                (v, checks) -> {
                  boolean byBytes =
                      v.get(routes).stream()
                          .map(Route::match)
                          .anyMatch(
                              match ->
                                  !match.names().isEmpty()
                                      || !match.protocols().isEmpty()
                                      || !match.prefixes().isEmpty());
                  boolean ws = v.get(bridge).filter(b -> b.kind() == Kind.WS2TCP).isPresent();
                  if (ws && byBytes) {
                    checks.error(
                        bridge,
                        Codes.UNFIT,
                        "routes of a ws2tcp bridge cannot look at the first bytes",
                        "match by `client` only");
                  }
                  if (v.get(routes).isEmpty()
                      && v.get(upstream).isEmpty()
                      && v.get(destination).isEmpty()) {
                    checks.error(
                        upstream,
                        Codes.REQUIRED,
                        "nothing says where streams go",
                        "add `upstream: <name>` or `destination: <host:port>`");
                  }
                  sameIds(v.get(routes), checks, routes);
                });
            return v ->
                new StreamConfig(
                    v.id(),
                    v.get(routes),
                    target(v.get(upstream).map(found -> found.id()), v.get(destination)),
                    new Access(v.get(acl), v.get(otherwise) == Rest.ALLOW),
                    v.get(idle),
                    v.get(halfClose),
                    v.get(connect),
                    v.get(hello),
                    v.get(limits),
                    v.get(datagrams),
                    v.get(sendHeader),
                    v.get(bridge));
          });

  private StreamTypes() {}

  private static void sameIds(List<Route> routes, Checks checks, Field<?> field) {
    Set<String> ids = new HashSet<>();
    for (Route route : routes) {
      if (ids.add(route.id())) continue;
      checks.error(
          field, Codes.UNFIT, "two routes are called " + route.id(), "give one another id");
    }
  }

  private static Optional<Target> target(
      Optional<String> upstream, Optional<Destination> destination) {
    if (upstream.isPresent()) return Optional.of(new Target.Named(upstream.get()));
    return destination.map(Target.Fixed::new);
  }
}
