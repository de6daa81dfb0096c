package io.fairlead.app.demo;

import io.fairlead.app.Gateway;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Environment;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.net.certs.InternalCa;
import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.registry.reconcile.TargetStatus;
import io.fairlead.relay.RelayNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * The gateway that follows the contract, a gateway of each tunnel agent, and one that calls them
 * through the relay. One thread.
 */
final class DemoWorld implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration LOOK = Duration.ofMillis(10);

  private static final int REASON_MAX = 60;

  /** The gateway's name, which tokens are for. */
  static final String NAME = "demo";

  private final Path folder;
  private final Clock clock;
  private final Gateway gateway;
  private final Gateway caller;
  private final List<Gateway> agents = new ArrayList<>();

  private DemoWorld(Path folder, Clock clock, Gateway gateway, Gateway caller) {
    this.folder = folder;
    this.clock = clock;
    this.gateway = gateway;
    this.caller = caller;
  }

  /**
   * Starts the gateway, and waits until it has read the contract.
   *
   * @param folder for its state
   * @param ports two that are free, one for each agent's service
   */
  static DemoWorld start(
      Path folder, DevNode node, DemoChain chain, List<Integer> ports, Clock clock)
      throws IOException, InterruptedException, DemoFailureException {
    String yaml =
        """
        version: 1
        name: demo
        runtime: { state_dir: @DIR@/gateway, drain: { announce: 0s, stop: 1s, http: 0s, stream: 0s } }
        control: { listen: off, socket: @DIR@/gateway.sock }
        logs: { level: error }
        certs: { demo: { internal: true, hosts: [localhost] } }
        pubsub: { chains: { dev: { chain_id: @ID@, endpoints: [ @NODE@ ] } } }
        registry:
          interval: 1s
          sources:
            - name: chain
              type: evm
              chain: dev
              contract: "@CONTRACT@"
              confirmations: { add: 1, remove: 1 }
              allow_private: true
          targets:
            - { name: users, kind: proxy_users, source: chain, policy: mirror, first_sync: auto }
            - { name: devices, kind: mqtt_clients, source: chain, policy: mirror, first_sync: auto }
            - { name: agents, kind: tunnel_clients, source: chain, policy: mirror, first_sync: auto }
            - { name: peers, kind: relay_peers, source: chain, policy: mirror, first_sync: auto }
            - { name: servers, kind: upstream, upstream: servers, source: chain, policy: mirror, first_sync: auto }
        listeners:
          proxy: { bind: "127.0.0.1:0", proto: mixed, service: egress }
          mqtt: { bind: "127.0.0.1:0", proto: mqtt }
          servers: { bind: "127.0.0.1:0", proto: tcp, service: servers }
        forward:
          egress:
            auth: { registry: chain }
            destinations: { private: allow, connect_ports: all }
        mqtt: { anonymous: false, auth: [ { type: registry, source: chain } ], acl: { default: allow } }
        streams: { servers: { upstream: servers } }
        upstreams: { servers: { balance: round_robin, endpoints: [] } }
        tunnels:
          server:
            listen: 127.0.0.1:0
            tls: { cert: demo }
            agents: [ { registry: chain, allow: { tcp_ports: [ @PORTS@ ] } } ]
            expose: { bind: 127.0.0.1, tcp_ports: "@FIRST@-@FIRST@" }
        relay:
          listen: ["/ip4/127.0.0.1/tcp/0"]
          reachability: { mode: public }
          service: { mode: "on", registry: chain, classes: { anonymous: {}, registered: {} } }
        """
            .replace("@DIR@", folder.toString())
            .replace("@ID@", Long.toString(DemoChain.ID))
            .replace("@NODE@", node.endpoint())
            .replace("@CONTRACT@", chain.contract())
            .replace("@PORTS@", "\"" + ports.get(0) + "\", \"" + ports.get(1) + "\"")
            .replace("@FIRST@", ports.get(0).toString());
    Gateway gateway = started(folder.resolve("gateway.yaml"), yaml, clock);
    Gateway caller;
    try {
      caller = started(folder.resolve("caller.yaml"), caller(folder), clock);
    } catch (IOException | DemoFailureException | InterruptedException failure) {
      gateway.close();
      throw failure;
    }
    DemoWorld world = new DemoWorld(folder, clock, gateway, caller);
    try {
      world.awaitTrue("the gateway to follow the contract", world::inStep);
    } catch (DemoFailureException | InterruptedException failure) {
      world.close();
      throw failure;
    }
    return world;
  }

  /** A node that nobody lists, and that calls others through the gateway's relay. */
  private static String caller(Path folder) {
    return """
        version: 1
        name: caller
        runtime: { state_dir: @DIR@/caller, drain: { announce: 0s, stop: 1s } }
        control: { listen: off, socket: @DIR@/caller.sock }
        logs: { level: error }
        relay: { reachability: { mode: private }, auto: { enabled: false } }
        """
        .replace("@DIR@", folder.toString());
  }

  private static Gateway started(Path file, String yaml, Clock clock)
      throws IOException, InterruptedException, DemoFailureException {
    Files.writeString(file, yaml);
    try {
      Gateway gateway = Gateway.open(file, Environment.ofProcess(), clock);
      try {
        gateway.start();
        return gateway;
      } catch (StartException | InterruptedException failure) {
        gateway.close();
        throw failure;
      }
    } catch (ConfigException | StartException failure) {
      throw new DemoFailureException("a gateway did not start: " + failure.getMessage());
    }
  }

  private boolean inStep() {
    for (TargetStatus each : gateway.registry().targets()) {
      if (each.state() != TargetState.IN_SYNC || each.lines() < 2) return false;
    }
    return true;
  }

  /** Whether every target has only so many lines left. */
  boolean listed(int count) {
    return gateway.registry().targets().stream().allMatch(each -> each.lines() == count);
  }

  /**
   * Starts a tunnel agent that proves itself by a key and exposes a service at a port; with the
   * same key it is a node with a place at the gateway's relay.
   */
  Gateway agent(Path key, int serverPort, int servicePort, NamedServer service)
      throws IOException, InterruptedException, DemoFailureException {
    Path own = folder.resolve("agent-" + servicePort);
    String yaml =
        """
        version: 1
        name: agent
        runtime: { state_dir: @OWN@, drain: { announce: 0s, stop: 1s, stream: 0s } }
        control: { listen: off, socket: @OWN@.sock }
        logs: { level: error }
        tunnels:
          agent:
            servers: [ "localhost:@SERVER@" ]
            identity: { file: "@KEY@" }
            ca: "@CA@"
            connections: 1
            services:
              - { name: echo, type: tcp, destination: "@SERVICE@", port: @PORT@ }
        relay:
          identity: { file: "@KEY@" }
          reachability: { mode: private }
          auto: { static: [ "@RELAY@" ], num_relays: 1 }
        """
            .replace("@OWN@", own.toString())
            .replace("@SERVER@", Integer.toString(serverPort))
            .replace("@KEY@", key.toString())
            .replace("@CA@", InternalCa.certificateFile(folder.resolve("gateway")).toString())
            .replace("@SERVICE@", service.endpoint())
            .replace("@PORT@", Integer.toString(servicePort))
            .replace("@RELAY@", relayAddress());
    Gateway agent = started(folder.resolve("agent-" + servicePort + ".yaml"), yaml, clock);
    agents.add(agent);
    return agent;
  }

  private static RelayNode node(Gateway gateway) {
    return gateway.relay().orElseThrow(() -> new IllegalStateException("no libp2p node"));
  }

  private String relayAddress() {
    return node(gateway).host().listening().getFirst() + "/p2p/" + node(gateway).host().id();
  }

  /** An agent's place at the relay, and a circuit to it through that. */
  List<DemoPath> relayed(Gateway agent) throws InterruptedException, DemoFailureException {
    PeerId peer = node(agent).host().id();
    RelayPath place = RelayPath.place(node(gateway), peer);
    awaitTrue("a place at the relay", place::open);
    RelayPath circuit = RelayPath.circuit(node(caller), peer);
    String answer = called(peer.toString());
    if (!circuit.open()) throw new DemoFailureException("no circuit: " + answer);
    place.watch();
    circuit.watch();
    return List.of(place, circuit);
  }

  /** What comes of a call through the relay, in a few words. */
  String called(String peer) throws InterruptedException, DemoFailureException {
    try {
      Multiaddr through = Multiaddr.parse(relayAddress() + "/p2p-circuit");
      node(caller)
          .connect(PeerId.parse(peer), List.of(through))
          .toCompletableFuture()
          .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      return "connected";
    } catch (ExecutionException failure) {
      Throwable cause = failure.getCause() == null ? failure : failure.getCause();
      String said = String.valueOf(cause.getMessage()).replace("dial " + peer + ": ", "");
      return said.length() <= REASON_MAX ? said : said.substring(0, REASON_MAX) + "...";
    } catch (TimeoutException | MalformedException failure) {
      throw new DemoFailureException("the relay does not answer: " + failure.getMessage());
    }
  }

  /** The port a listener is bound to. */
  int port(String listener) {
    return gateway.listeners().bound().stream()
        .filter(bound -> bound.id().equals(listener))
        .flatMap(bound -> bound.addresses().stream())
        .map(address -> ((InetSocketAddress) address).getPort())
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no listener " + listener));
  }

  Path auditFile() {
    return folder.resolve("gateway").resolve("audit.log");
  }

  /** Waits for something, within reason. */
  void awaitTrue(String what, BooleanSupplier condition)
      throws InterruptedException, DemoFailureException {
    Deadline deadline = Deadline.in(clock, PATIENCE);
    while (!condition.getAsBoolean()) {
      if (deadline.passed()) {
        throw new DemoFailureException(
            "waited " + PATIENCE.toSeconds() + " s for " + what + "; " + state());
      }
      Pause.system().sleep(LOOK);
    }
  }

  private String state() {
    StringBuilder state = new StringBuilder("targets:");
    for (TargetStatus each : gateway.registry().targets()) {
      state.append(' ').append(each.name()).append(' ').append(each.state().word());
      if (!each.why().isEmpty()) state.append(" (").append(each.why()).append(')');
    }
    return state.toString();
  }

  /** Ports of loopback that nobody has now. */
  static List<Integer> freePorts(int count) throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    List<Integer> ports = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        held.add(socket);
        ports.add(socket.getLocalPort());
      }
    } finally {
      for (ServerSocket socket : held) socket.close();
    }
    return ports;
  }

  @Override
  public void close() {
    for (Gateway agent : agents) agent.close();
    caller.close();
    gateway.close();
  }
}
