package io.fairlead.tunnel;

import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.address.PortRange;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Reference;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.unit.Limit;
import io.fairlead.core.unit.Secret;
import io.fairlead.net.chain.ProxyHop;
import io.fairlead.net.dial.DestinationPolicy;
import io.fairlead.tunnel.agent.netty.ServerAddress;
import io.fairlead.tunnel.codec.ServiceKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The section {@code tunnels}.
 *
 * @param server takes agents in and exposes their services
 * @param agent serves a server over connections it dials itself
 */
public record TunnelConfig(Optional<Server> server, Optional<Agent> agent) {
  public static final RecordType<TunnelConfig> TYPE = TunnelTypes.SECTION;
  public static final TunnelConfig NONE = new TunnelConfig(Optional.empty(), Optional.empty());

  /**
   * The side that can be reached.
   *
   * @param cert what it shows to agents
   * @param socket where agents may arrive over web sockets
   * @param libp2p whether they may come as libp2p peers
   * @param channelBinding whether a proof must be bound to the TLS connection
   */
  public record Server(
      ListenAddress listen,
      Optional<Socket> socket,
      boolean libp2p,
      Reference cert,
      boolean channelBinding,
      Map<String, Admission> agents,
      Expose expose,
      ServerLimits limits) {
    public Server {
      agents = Map.copyOf(agents);
    }
  }

  /**
   * Where agents may arrive over web sockets.
   *
   * @param site at whose listeners
   * @param path of requests for one
   */
  public record Socket(Reference site, String path) {}

  /**
   * One agent, or every member of a registry source, that may come.
   *
   * @param token a join token's text
   * @param publicKey text of an Ed25519 key
   * @param clientCert its certificate, PEM
   * @param registry the source whose members may come, each under its peer id
   */
  public record Admission(
      String name,
      Optional<Secret> token,
      Optional<String> publicKey,
      Optional<Path> clientCert,
      Optional<String> registry,
      Allow allow) {}

  /**
   * What an agent may do.
   *
   * @param services names, {@code *} for any run of characters
   * @param httpHosts host names, {@code *.} and a name for all below it
   * @param tcpPorts ports it may ask for by number
   * @param bandwidth bytes per second in each direction, all its services together
   * @param serviceBandwidth the same of each of its services
   * @param streams of all its carriers at a time
   * @param modes which kinds of services
   */
  public record Allow(
      List<String> services,
      List<String> httpHosts,
      List<PortRange> tcpPorts,
      List<PortRange> udpPorts,
      OptionalLong bandwidth,
      OptionalLong serviceBandwidth,
      Limit streams,
      Set<ServiceKind> modes) {
    /** Names under the server's base, ports of the server's choice. */
    public static final Allow DEFAULTS =
        new Allow(
            List.of("*"),
            List.of(),
            List.of(),
            List.of(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            Limit.atMost(1_024),
            Set.of(ServiceKind.values()));

    public Allow {
      services = List.copyOf(services);
      httpHosts = List.copyOf(httpHosts);
      tcpPorts = List.copyOf(tcpPorts);
      udpPorts = List.copyOf(udpPorts);
      modes = Set.copyOf(modes);
    }
  }

  /**
   * Where services appear.
   *
   * @param http the site at which requests for their hosts arrive
   * @param url how users reach that site, e.g. {@code https://gw.example}; its host is the base
   *     below which every agent has names of its own
   * @param bind the address of ports
   * @param tcpPorts from which ports are given out
   * @param https where TLS connections are told apart by the name they ask for
   */
  public record Expose(
      Optional<Reference> http,
      Optional<String> url,
      String bind,
      Optional<PortRange> tcpPorts,
      Optional<PortRange> udpPorts,
      Optional<ListenAddress> https) {
    public static final Expose NONE =
        new Expose(
            Optional.empty(),
            Optional.empty(),
            "127.0.0.1",
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
  }

  /**
   * Bounds of the server.
   *
   * @param carriers connections of agents at a time
   * @param carriersPerIp of one address
   * @param agents at a time
   * @param services of one agent
   * @param udpSessions of one service
   * @param login for TLS and the proof together
   * @param grace how long a service whose agent is lost keeps its place
   */
  public record ServerLimits(
      Limit carriers,
      Limit carriersPerIp,
      Limit agents,
      Limit services,
      Limit udpSessions,
      Duration login,
      Duration grace) {}

  /**
   * The side behind NAT.
   *
   * @param enabled off: it is only configured
   * @param token a join token's text
   * @param servers tried in order
   * @param proxy through which it reaches them
   * @param identity the file of its Ed25519 key
   * @param tls a certificate it shows
   * @param ca whom it trusts to name the server; none: the system, or the token's pin
   * @param connections carriers it keeps
   */
  public record Agent(
      boolean enabled,
      String name,
      List<ServerAddress> servers,
      Optional<ProxyHop> proxy,
      Optional<Secret> token,
      Optional<Path> identity,
      Optional<Certificate> tls,
      Optional<Path> ca,
      Optional<String> serverName,
      boolean channelBinding,
      int connections,
      List<Service> services,
      List<Visit> visits) {
    public Agent {
      servers = List.copyOf(servers);
      services = List.copyOf(services);
      visits = List.copyOf(visits);
    }
  }

  /** A certificate and its key, PEM. */
  public record Certificate(Path cert, Path key) {}

  /**
   * A service of the agent.
   *
   * @param destination where it is, seen from the agent; none of an exit
   * @param exit where an exit, of kind socks, may connect to
   * @param port wanted at the server
   * @param bandwidth bytes per second in each direction, at most
   * @param proxyProtocol version of the header that tells it the client; none: no header
   * @param health how often it is tried; a service that cannot be reached is taken away
   * @param pool connections to it opened ahead, on each event loop of a carrier
   * @param required whether a configuration is refused when the server does not take it
   */
  public record Service(
      String name,
      ServiceKind kind,
      Optional<Destination> destination,
      Optional<DestinationPolicy> exit,
      List<String> hosts,
      int port,
      Optional<String> group,
      Optional<Secret> groupKey,
      Optional<Secret> secret,
      boolean h2c,
      OptionalLong bandwidth,
      Optional<Integer> proxyProtocol,
      Optional<Duration> health,
      int pool,
      boolean required) {
    public Service {
      hosts = List.copyOf(hosts);
    }
  }

  /** A private service of another agent, made a local port. */
  public record Visit(String agent, String service, Secret secret, ListenAddress bind) {}

  /** Files it names whose content is part of it. */
  public List<Path> namedFiles() {
    List<Path> files = new ArrayList<>();
    server.ifPresent(
        side -> {
          side.agents().values().forEach(each -> each.clientCert().ifPresent(files::add));
        });
    agent.ifPresent(
        side -> {
          side.tls().ifPresent(pair -> files.addAll(List.of(pair.cert(), pair.key())));
          side.ca().ifPresent(files::add);
        });
    return files;
  }
}
