package io.fairlead.tunnel;

import io.fairlead.core.config.Checks;
import io.fairlead.core.config.Codes;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Reference;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.StringType;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.Limit;
import io.fairlead.tunnel.TunnelConfig.Admission;
import io.fairlead.tunnel.TunnelConfig.Allow;
import io.fairlead.tunnel.TunnelConfig.Expose;
import io.fairlead.tunnel.TunnelConfig.Server;
import io.fairlead.tunnel.TunnelConfig.ServerLimits;
import io.fairlead.tunnel.TunnelConfig.Socket;
import io.fairlead.tunnel.carrier.netty.CarrierSocket;
import io.fairlead.tunnel.codec.AgentKey;
import io.fairlead.tunnel.codec.BadControlException;
import io.fairlead.tunnel.codec.JoinToken;
import io.fairlead.tunnel.codec.ServiceKind;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/** How the server's half of the section {@code tunnels} is read. */
final class TunnelTypes {
  private static final Duration MILLISECOND = Duration.ofMillis(1);

  /** What agents and services may be called. */
  static final StringType NAME =
      Types.string()
          .matching(
              "[a-z0-9][a-z0-9_.-]{0,62}", "1-63 of a-z, 0-9, _, . and -, a letter or digit first");

  /** A host, or all hosts below one. */
  static final StringType HOST =
      Types.string()
          .matching(
              "(\\*\\.)?[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*",
              "a host name, or *. and a name");

  private static final RecordType<Allow> ALLOW =
      RecordType.define(
          "TunnelAllow",
          "what an agent may do; what is left out is not allowed beyond the defaults",
          f -> {
            var services =
                f.key(
                        "services",
                        Types.listOf(
                            Types.string().matching("[a-z0-9_.*-]{1,63}", "a name, * for any run")),
                        "Names its services may have, `*` for any run of characters.")
                    .orElse(Allow.DEFAULTS.services());
            var hosts =
                f.key(
                        "http_hosts",
                        Types.listOf(HOST),
                        "Hosts of its http and https services: names, or `*.` and a name for all"
                            + " below it. Its own name below the host of `expose.url` is always"
                            + " allowed.")
                    .example("[s17.gw.example]")
                    .orElse(List.of());
            var tcp =
                f.key(
                        "tcp_ports",
                        Types.listOf(Types.portRange()),
                        "TCP ports it may ask for by number, even outside of `expose.tcp_ports`."
                            + " Any service may get a port of the server's choice.")
                    .example("[20000-20010]")
                    .orElse(List.of());
            var udp =
                f.key("udp_ports", Types.listOf(Types.portRange()), "The same for UDP.")
                    .orElse(List.of());
            var bandwidth =
                f.key(
                        "bandwidth",
                        Types.byteRate(),
                        "Bytes per second in each direction, all its services together.")
                    .example("10MiB/s")
                    .optional();
            var serviceBandwidth =
                f.key(
                        "service_bandwidth",
                        Types.byteRate(),
                        "The same for each of its services. A service may ask for less.")
                    .example("2MiB/s")
                    .optional();
            var streams =
                f.key("streams", Types.limit(), "Streams of all its carriers at a time.")
                    .orElse(Allow.DEFAULTS.streams());
            var modes =
                f.key(
                        "modes",
                        Types.listOf(Types.choice(ServiceKind.class)),
                        "Which kinds of services.")
                    .orElse(List.of(ServiceKind.values()));
            return v ->
                new Allow(
                    v.get(services),
                    v.get(hosts).stream().map(host -> host.toLowerCase(Locale.ROOT)).toList(),
                    v.get(tcp),
                    v.get(udp),
                    v.get(bandwidth)
                        .map(rate -> OptionalLong.of(rate.bytes()))
                        .orElse(OptionalLong.empty()),
                    v.get(serviceBandwidth)
                        .map(rate -> OptionalLong.of(rate.bytes()))
                        .orElse(OptionalLong.empty()),
                    v.get(streams),
                    Set.copyOf(v.get(modes)));
          });

  private static final RecordType<Admission> ADMISSION =
      RecordType.define(
          "TunnelAdmission",
          "an agent that may come",
          f -> {
            var name =
                f.key("name", NAME, "What it is called; not with `registry`.")
                    .example("sensor-17")
                    .optional();
            var token =
                f.key(
                        "token",
                        Types.secret(),
                        "Its join token, as `fairlead tunnel token new` prints it.")
                    .optional();
            var key =
                f.key(
                        "public_key",
                        Types.string(),
                        "Its Ed25519 key: a peer id, 0xed01 and 64 hex digits, or PEM.")
                    .optional();
            var cert =
                f.key(
                        "client_cert",
                        Types.path(),
                        "Its certificate, PEM; the key in it is what counts.")
                    .optional();
            var registry =
                f.key(
                        "registry",
                        Types.string(),
                        "Every usable member of this source may come, with its key; its name is"
                            + " its peer id.")
                    .optional();
            var allow = f.key("allow", ALLOW, "What it may do.").orElse(Allow.DEFAULTS);
            f.exactlyOneOf(token, key, cert, registry);
            f.check(
                (v, checks) -> {
                  if (v.get(registry).isEmpty() && v.get(name).isEmpty()) {
                    checks.error(name, Codes.REQUIRED, "an agent needs a name", "add `name: …`");
                  }
                  if (v.get(token).isPresent()) {
                    String called = v.get(name).orElse("");
                    try {
                      if (!JoinToken.parse(v.get(token).get().reveal()).name().equals(called)) {
                        throw new BadControlException("it is another agent's token");
                      }
                    } catch (BadControlException bad) {
                      checks.error(
                          token,
                          TunnelCodes.BAD_CREDENTIAL,
                          "the token cannot be used: " + bad.getMessage(),
                          "make one: fairlead tunnel token new " + called);
                    }
                  }
                  if (v.get(key).isPresent()) {
                    try {
                      AgentKey.parse(v.get(key).get());
                    } catch (BadControlException bad) {
                      checks.error(
                          key,
                          TunnelCodes.BAD_CREDENTIAL,
                          "the key cannot be used: " + bad.getMessage(),
                          "write the agent's peer id");
                    }
                  }
                });
            return v ->
                new Admission(
                    v.get(name).orElse(""),
                    v.get(token),
                    v.get(key),
                    v.get(cert),
                    v.get(registry),
                    v.get(allow));
          });

  private static final RecordType<Expose> EXPOSE =
      RecordType.define(
          "TunnelExpose",
          "where the services of agents appear",
          f -> {
            var http =
                f.key(
                        "http",
                        Types.reference("http"),
                        "The site at whose listeners requests for hosts of agents arrive.")
                    .optional();
            var url =
                f.key(
                        "url",
                        Types.httpUrl(),
                        "How users reach that site. Each agent has the names at and below"
                            + " AGENT.HOST of its host for itself.")
                    .example("https://gw.example.org")
                    .optional();
            var bind =
                f.key(
                        "bind",
                        Types.string(),
                        "The address ports are opened at; 0.0.0.0 opens them to everybody.")
                    .orElse(Expose.NONE.bind());
            var tcp =
                f.key("tcp_ports", Types.portRange(), "Ports given to tcp services.").optional();
            var udp =
                f.key("udp_ports", Types.portRange(), "Ports given to udp services.").optional();
            var https =
                f.key(
                        "https",
                        Types.listenAddress(),
                        "Where TLS connections arrive that go to https services undeciphered, by"
                            + " the name they ask for.")
                    .reload(ReloadClass.LISTENER)
                    .optional();
            return v ->
                new Expose(
                    v.get(http),
                    v.get(url).map(Object::toString),
                    v.get(bind),
                    v.get(tcp),
                    v.get(udp),
                    v.get(https));
          });

  private static final RecordType<ServerLimits> LIMITS =
      RecordType.define(
          "TunnelLimits",
          "bounds of the tunnel server",
          f -> {
            var carriers =
                f.key("carriers", Types.limit(), "Connections of agents at a time.")
                    .orElse(Limit.atMost(4_096));
            var perIp =
                f.key("carriers_per_ip", Types.limit(), "Of one source address (IPv6: /64).")
                    .orElse(Limit.atMost(32));
            var agents =
                f.key("agents", Types.limit(), "Agents at a time.").orElse(Limit.atMost(1_024));
            var services =
                f.key("services", Types.limit(), "Services of one agent.").orElse(Limit.atMost(64));
            var sessions =
                f.key(
                        "udp_sessions",
                        Types.limit(),
                        "Clients of one udp service at a time; the one idle longest makes room.")
                    .orElse(Limit.atMost(1_024));
            var login =
                f.key("login", Types.timeLimit(MILLISECOND), "For TLS and the proof together.")
                    .orElse(Duration.ofSeconds(10));
            var grace =
                f.key(
                        "grace",
                        Types.duration(),
                        "How long services of a lost agent keep their places, so that an agent"
                            + " that comes back finds them.")
                    .orElse(Duration.ofSeconds(10));
            return v ->
                new ServerLimits(
                    v.get(carriers),
                    v.get(perIp),
                    v.get(agents),
                    v.get(services),
                    v.get(sessions),
                    v.get(login),
                    v.get(grace));
          });

  private static final RecordType<Socket> SOCKET =
      RecordType.define(
          "TunnelSocket",
          "where agents may arrive over web sockets, besides `listen`",
          f -> {
            var site =
                f.key(
                        "site",
                        Types.reference("http"),
                        "The site at whose listeners. What terminates TLS there or before it sees"
                            + " nothing: the carrier's own TLS is within.")
                    .example("web")
                    .required();
            var path =
                f.key(
                        "path",
                        Types.string().matching("/[!-~]*", "a path that begins with /"),
                        "Of requests that become carriers.")
                    .orElse(CarrierSocket.PATH);
            return v -> new Socket(v.get(site), v.get(path));
          });

  private record TlsKeys(Reference cert) {}

  private static final RecordType<TlsKeys> TLS =
      RecordType.define(
          "TunnelTls",
          "what the server shows to agents",
          f -> {
            var cert =
                f.key("cert", Types.reference("certs"), "The certificate.")
                    .example("local")
                    .required();
            return v -> new TlsKeys(v.get(cert));
          });

  private enum Binding {
    REQUIRED,
    NONE
  }

  static final RecordType<Server> SERVER =
      RecordType.define(
          "TunnelServer",
          "takes agents in and exposes their services",
          f -> {
            var listen =
                f.key("listen", Types.listenAddress(), "Where agents connect.")
                    .reload(ReloadClass.LISTENER)
                    .example("0.0.0.0:7000")
                    .required();
            var socket =
                f.key("websocket", SOCKET, "Where they may arrive over web sockets, too.")
                    .optional();
            var libp2p =
                f.key(
                        "libp2p",
                        Types.bool(),
                        "Agents may come as libp2p peers, too, directly or through relays; known"
                            + " by their keys. Needs `relay`.")
                    .orElse(false);
            var tls = f.key("tls", TLS, "What agents see; TLS 1.3 always.").required();
            var binding =
                f.key(
                        "channel_binding",
                        Types.choice(Binding.class),
                        "Whether the proof of an agent counts on its own TLS connection only."
                            + " `none` is for gateways behind something that terminates TLS.")
                    .orElse(Binding.REQUIRED);
            var agents =
                f.key(
                        "agents",
                        Types.listOf(ADMISSION),
                        "Who may come, besides the holders of"
                            + " tokens made by `fairlead tunnel token new`.")
                    .orElse(List.of());
            var expose = f.key("expose", EXPOSE, "Where services appear.").orElse(Expose.NONE);
            var limits = f.key("limits", LIMITS, "Bounds.").orElse(LIMITS.defaults());
            f.check((v, checks) -> checkNames(agents, v.get(agents), checks));
            return v -> {
              Map<String, Admission> byName = new LinkedHashMap<>();
              for (Admission each : v.get(agents)) {
                byName.putIfAbsent(
                    each.registry().map(source -> "registry:" + source).orElse(each.name()), each);
              }
              return new Server(
                  v.get(listen),
                  v.get(socket),
                  v.get(libp2p),
                  v.get(tls).cert(),
                  v.get(binding) == Binding.REQUIRED,
                  byName,
                  v.get(expose),
                  v.get(limits));
            };
          });

  private static void checkNames(Field<?> field, List<Admission> agents, Checks checks) {
    Set<String> seen = new HashSet<>();
    for (Admission each : agents) {
      String name = each.registry().map(source -> "registry:" + source).orElse(each.name());
      if (!seen.add(name)) {
        checks.error(
            field,
            TunnelCodes.AGENT_TWICE,
            "agent `" + name + "` is there twice",
            "give one of them another name");
      }
    }
  }

  static final RecordType<TunnelConfig> SECTION =
      RecordType.define(
          "Tunnels",
          "services behind NAT",
          f -> {
            var server =
                f.key("server", SERVER, "Takes agents in and exposes their services.").optional();
            var agent =
                f.key("agent", AgentTypes.AGENT, "Serves a server from behind NAT.").optional();
            return v -> new TunnelConfig(v.get(server), v.get(agent));
          });

  private TunnelTypes() {}
}
