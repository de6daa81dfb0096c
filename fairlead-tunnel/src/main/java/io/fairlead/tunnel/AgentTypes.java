package io.fairlead.tunnel;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.tunnel.TunnelConfig.Agent;
import io.fairlead.tunnel.TunnelConfig.Certificate;
import io.fairlead.tunnel.TunnelConfig.Service;
import io.fairlead.tunnel.TunnelConfig.Visit;
import io.fairlead.tunnel.agent.netty.ServerAddress;
import io.fairlead.tunnel.codec.BadControlException;
import io.fairlead.tunnel.codec.JoinToken;
import io.fairlead.tunnel.codec.ServiceKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** How the agent's half of the section {@code tunnels} is read. */
final class AgentTypes {
  private enum Header {
    V1,
    V2
  }

  private static final ConfigType<ServerAddress> SERVER =
      Types.literal(
          Codes.BAD_ADDRESS,
          "an address such as gw.example:7000, wss://gw.example/fl/carrier or /dns/…/p2p/12D3…",
          Map.of("type", "string", "minLength", 3L),
          ServerAddress::parse,
          ServerAddress::toString);

  private static final RecordType<Service> SERVICE =
      RecordType.define(
          "TunnelService",
          "a service of the agent",
          f -> {
            var name = f.key("name", TunnelTypes.NAME, "What it is called.").required();
            var kind =
                f.key(
                        "type",
                        Types.choice(ServiceKind.class),
                        "tcp and udp = a port of the server; http = requests for its host; https ="
                            + " TLS connections that ask for its host, undeciphered; socks = none:"
                            + " the server's forward proxies may leave through the agent.")
                    .required();
            var destination =
                f.key("destination", Types.destination(), "Where it is, seen from the agent.")
                    .example("127.0.0.1:3000")
                    .optional();
            var exit =
                f.key(
                        "destinations",
                        ExitTypes.DESTINATIONS,
                        "Where one of type socks may connect to: public addresses by default.")
                    .optional();
            var host =
                f.key("host", TunnelTypes.HOST, "The host it answers for, of http and https.")
                    .optional();
            var hosts =
                f.key("hosts", Types.listOf(TunnelTypes.HOST), "The same, several.")
                    .orElse(List.of());
            var port =
                f.key(
                        "port",
                        Types.integer().between(0, 65_535),
                        "The server's port that leads to it; 0 = one of its choice.")
                    .orElse(0);
            var group =
                f.key("group", TunnelTypes.NAME, "Several agents share it and are balanced.")
                    .optional();
            var groupKey =
                f.key("group_key", Types.secret(), "Known to every agent of the group.").optional();
            var secret =
                f.key(
                        "private",
                        Types.secret(),
                        "It is not exposed: who opens it must know this key. See `visits`.")
                    .optional();
            var h2c =
                f.key("h2c", Types.bool(), "It speaks HTTP/2 without TLS, as gRPC servers do.")
                    .orElse(false);
            var header =
                f.key(
                        "proxy_protocol",
                        Types.choice(Header.class),
                        "Each connection to it begins with a PROXY header that names the client.")
                    .optional();
            var health =
                f.key(
                        "health",
                        Types.duration().atLeast(Duration.ofMillis(100)),
                        "How often it is tried; while it cannot be reached the server does not"
                            + " offer it.")
                    .example("5s")
                    .optional();
            var bandwidth =
                f.key(
                        "bandwidth",
                        Types.byteRate(),
                        "Bytes per second in each direction; the server keeps to it.")
                    .example("1MiB/s")
                    .optional();
            var pool =
                f.key(
                        "pool",
                        Types.integer().between(0, 64),
                        "Connections to it kept open ahead, so that a user need not wait for one;"
                            + " for each event loop that has a carrier. For services that bear idle"
                            + " connections.")
                    .orElse(0);
            var required =
                f.key(
                        "required",
                        Types.bool(),
                        "No start, and no reload that adds or changes it, unless the server takes"
                            + " it within 10 s.")
                    .orElse(false);
            f.atMostOneOf(host, hosts);
            f.check(
                (v, checks) -> {
                  ServiceKind chosen = v.get(kind);
                  boolean hosted = v.get(host).isPresent() || !v.get(hosts).isEmpty();
                  if (hosted && !chosen.named()) {
                    checks.error(
                        host, Codes.UNFIT, "only http and https have hosts", "remove `host`");
                  }
                  boolean leaves = chosen == ServiceKind.SOCKS;
                  if (v.get(destination).isPresent() == leaves) {
                    checks.error(
                        destination,
                        leaves ? Codes.UNFIT : Codes.REQUIRED,
                        leaves
                            ? "one of type socks has many destinations"
                            : "`destination` is missing",
                        leaves ? "write `destinations`" : "add `destination: 127.0.0.1:3000`");
                  }
                  if (v.get(exit).isPresent() && !leaves) {
                    checks.error(
                        exit, Codes.UNFIT, "only socks has destinations", "write `destination`");
                  }
                  if (leaves && v.get(secret).isPresent()) {
                    checks.error(
                        secret,
                        Codes.UNFIT,
                        "who may leave through it, the server's forward proxies decide",
                        "remove `private`");
                  }
                  if (leaves && v.get(health).isPresent()) {
                    checks.error(
                        health, Codes.UNFIT, "there is no service to try", "remove `health`");
                  }
                  if (v.get(port) != 0 && !chosen.ported()) {
                    checks.error(port, Codes.UNFIT, "only tcp and udp have ports", "remove `port`");
                  }
                  if (v.get(pool) != 0 && (leaves || chosen == ServiceKind.UDP)) {
                    checks.error(
                        pool,
                        Codes.UNFIT,
                        "only services of one address over TCP have a pool",
                        "remove `pool`");
                  }
                  if (v.get(group).isPresent() != v.get(groupKey).isPresent()) {
                    checks.error(
                        group,
                        Codes.UNFIT,
                        "group and group_key belong together",
                        "add the other one");
                  }
                });
            return v -> {
              List<String> all = new ArrayList<>();
              v.get(host).ifPresent(all::add);
              all.addAll(v.get(hosts));
              return new Service(
                  v.get(name),
                  v.get(kind),
                  v.get(destination),
                  v.get(kind) == ServiceKind.SOCKS
                      ? Optional.of(v.get(exit).orElse(ExitTypes.PUBLIC))
                      : Optional.empty(),
                  all.stream().map(each -> each.toLowerCase(Locale.ROOT)).toList(),
                  v.get(port),
                  v.get(group),
                  v.get(groupKey),
                  v.get(secret),
                  v.get(h2c),
                  v.get(bandwidth)
                      .map(rate -> OptionalLong.of(rate.bytes()))
                      .orElse(OptionalLong.empty()),
                  v.get(header).map(version -> version == Header.V1 ? 1 : 2),
                  v.get(health),
                  v.get(pool),
                  v.get(required));
            };
          });

  private static final RecordType<Visit> VISIT =
      RecordType.define(
          "TunnelVisit",
          "a private service of another agent, made a local port",
          f -> {
            var agent = f.key("agent", Types.string(), "The agent that has it.").required();
            var service = f.key("service", TunnelTypes.NAME, "Its name there.").required();
            var secret = f.key("key", Types.secret(), "What the service asks for.").required();
            var bind =
                f.key("bind", Types.listenAddress(), "The local port that leads to it.").required();
            return v -> new Visit(v.get(agent), v.get(service), v.get(secret), v.get(bind));
          });

  private static final RecordType<Certificate> CERTIFICATE =
      RecordType.define(
          "TunnelCertificate",
          "a certificate the agent shows",
          f -> {
            var cert = f.key("cert", Types.path(), "The certificate, PEM.").required();
            var key = f.key("key", Types.path(), "Its key, PEM.").required();
            return v -> new Certificate(v.get(cert), v.get(key));
          });

  private record IdentityKeys(Path file) {}

  private static final RecordType<IdentityKeys> IDENTITY =
      RecordType.define(
          "TunnelIdentity",
          "the Ed25519 key of this node",
          f -> {
            var file =
                f.key("file", Types.path(), "Where it is; made when it is not there.").required();
            return v -> new IdentityKeys(v.get(file));
          });

  private enum Binding {
    REQUIRED,
    NONE
  }

  static final RecordType<Agent> AGENT =
      RecordType.define(
          "TunnelAgent",
          "serves a server from behind NAT",
          f -> {
            var enabled = f.key("enabled", Types.bool(), "Off: only configured.").orElse(true);
            var name =
                f.key(
                        "name",
                        TunnelTypes.NAME,
                        "What the server knows it as. Default: what the token says, or its peer id.")
                    .optional();
            var servers =
                f.key(
                        "servers",
                        Types.listOf(SERVER),
                        "The server's addresses, tried in order: `host:port` for TLS, or"
                            + " `wss://host[:port][/path]` for a web socket, which passes where"
                            + " only web traffic does (the path is /fl/carrier if there is none), or a"
                            + " multiaddress `/…/p2p/PEER` for a libp2p peer, directly or through"
                            + " a relay.")
                    .example("[\"gw.example.org:7000\"]")
                    .required();
            var proxy =
                f.key("proxy", ProxyTypes.PROXY, "The proxy through which it reaches them.")
                    .optional();
            var token =
                f.key("token", Types.secret(), "Its join token; it also names the server's key.")
                    .optional();
            var identity = f.key("identity", IDENTITY, "It proves this key instead.").optional();
            var cert = f.key("tls", CERTIFICATE, "It shows this certificate instead.").optional();
            var ca =
                f.key("ca", Types.path(), "Who vouches for the server, instead of the system.")
                    .optional();
            var serverName =
                f.key("server_name", Types.string(), "The name the server's certificate must have.")
                    .optional();
            var binding =
                f.key(
                        "channel_binding",
                        Types.choice(Binding.class),
                        "`none` where something before the server terminates TLS.")
                    .orElse(Binding.REQUIRED);
            var connections =
                f.key(
                        "connections",
                        Types.integer().between(1, 16),
                        "Connections it keeps to the server, so that one that loses packets does"
                            + " not slow all streams down.")
                    .orElse(2);
            var services =
                f.key("services", Types.listOf(SERVICE), "What it serves.").orElse(List.of());
            var visits =
                f.key("visits", Types.listOf(VISIT), "Private services it opens.")
                    .orElse(List.of());
            f.exactlyOneOf(token, identity, cert);
            f.check(
                (v, checks) -> {
                  if (v.get(token).isPresent()) {
                    try {
                      JoinToken.parse(v.get(token).get().reveal());
                    } catch (BadControlException bad) {
                      checks.error(
                          token,
                          TunnelCodes.BAD_CREDENTIAL,
                          "the token cannot be used: " + bad.getMessage(),
                          "paste what the server printed: fl1.…");
                    }
                  }
                  if (v.get(servers).isEmpty()) {
                    checks.error(
                        servers,
                        TunnelCodes.NO_CREDENTIAL,
                        "an agent needs a server",
                        "add its address");
                  }
                  if (v.get(cert).isPresent() && v.get(name).isEmpty()) {
                    checks.error(
                        cert,
                        TunnelCodes.NO_CREDENTIAL,
                        "an agent with a certificate needs a name",
                        "add `name: …`");
                  }
                  Set<String> seen = new HashSet<>();
                  for (Service each : v.get(services)) {
                    if (seen.add(each.name())) continue;
                    checks.error(
                        services,
                        TunnelCodes.AGENT_TWICE,
                        "service `" + each.name() + "` is there twice",
                        "give one of them another name");
                  }
                });
            return v ->
                new Agent(
                    v.get(enabled),
                    v.get(name).orElse(""),
                    v.get(servers),
                    v.get(proxy),
                    v.get(token),
                    v.get(identity).map(IdentityKeys::file),
                    v.get(cert),
                    v.get(ca),
                    v.get(serverName),
                    v.get(binding) == Binding.REQUIRED,
                    v.get(connections),
                    v.get(services),
                    v.get(visits));
          });

  private AgentTypes() {}
}
