package io.fairlead.app.doctor;

import io.fairlead.app.GatewayConfig;
import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.dial.Destination;
import io.fairlead.libp2p.address.AddressProtocol;
import io.fairlead.libp2p.address.Component;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.relay.RelayConfig;
import io.fairlead.tunnel.TunnelConfig;
import io.fairlead.tunnel.agent.netty.ServerAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * Tunnels and relays: the ports they need, the servers they dial, and what a running gateway says
 * of its agents and of how it is reached.
 */
final class PeerChecks {
  private PeerChecks() {}

  static List<Finding> all(GatewayConfig config, Optional<RunningGateway> running) {
    List<Finding> findings = new ArrayList<>();
    List<NetworkChecks.Server> servers = new ArrayList<>();
    config.tunnels().server().ifPresent(server -> server(server, running, findings));
    config
        .tunnels()
        .agent()
        .filter(TunnelConfig.Agent::enabled)
        .ifPresent(
            agent -> {
              agentServers(agent, servers);
              agent(running, findings);
            });
    config
        .relay()
        .filter(RelayConfig::enabled)
        .ifPresent(
            relay -> {
              for (Multiaddr each : relay.listen()) {
                place(each)
                    .map(at -> new ListenAddress.Host(at.host(), at.port()))
                    .flatMap(bind -> NetworkChecks.port("port.relay", bind, running))
                    .ifPresent(findings::add);
              }
              for (Multiaddr each : relay.auto().relays()) {
                place(each)
                    .ifPresent(
                        at ->
                            servers.add(
                                new NetworkChecks.Server("relay.server", at.host(), at.port())));
              }
              running
                  .flatMap(gateway -> gateway.said(RunningGateway.RELAY))
                  .ifPresent(report -> reached(relay, report, findings));
            });
    findings.addAll(NetworkChecks.reach(servers));
    return findings;
  }

  // ---- tunnels -----------------------------------------------------------------------------

  private static void server(
      TunnelConfig.Server server, Optional<RunningGateway> running, List<Finding> findings) {
    NetworkChecks.port("port.tunnels", server.listen(), running).ifPresent(findings::add);
    Optional<JsonNode> report = running.flatMap(it -> it.said(RunningGateway.TUNNELS));
    if (report.isEmpty()) return;
    TreeMap<String, Double> connected = new TreeMap<>();
    for (JsonNode each : report.get().path("agents")) {
      if (!each.path("connected").asBoolean(false)) continue;
      connected.put(each.path("name").asString(""), each.path("rtt_seconds").asDouble(0));
    }
    Set<String> expected = new TreeSet<>();
    for (TunnelConfig.Admission each : server.agents().values()) {
      if (each.registry().isEmpty()) expected.add(each.name());
    }
    for (String name : expected) {
      if (connected.containsKey(name)) continue;
      findings.add(
          Finding.warn(
              "tunnel.agent." + name,
              "it is not connected: its services answer nobody",
              "start it, or look at its log"));
    }
    connected.forEach(
        (name, rttSeconds) ->
            findings.add(
                Finding.ok(
                    "tunnel.agent." + name,
                    "connected, a round trip takes " + Math.round(rttSeconds * 1000) + " ms")));
  }

  private static void agentServers(TunnelConfig.Agent agent, List<NetworkChecks.Server> servers) {
    String check = "tunnel.server";
    if (agent.proxy().isPresent()) {
      // The way to the servers is its business.
      Destination.HostPort hop = agent.proxy().get().address();
      servers.add(new NetworkChecks.Server("tunnel.proxy", hop.host(), hop.port()));
      return;
    }
    for (ServerAddress each : agent.servers()) {
      switch (each) {
        case ServerAddress.Secured(Destination.HostPort at) ->
            servers.add(new NetworkChecks.Server(check, at.host(), at.port()));
        case ServerAddress.Socket(Destination.HostPort at, String _) ->
            servers.add(new NetworkChecks.Server(check, at.host(), at.port()));
        case ServerAddress.Peer _ -> {} // the relay's own checks
      }
    }
  }

  private static void agent(Optional<RunningGateway> running, List<Finding> findings) {
    Optional<JsonNode> own =
        running.flatMap(it -> it.said(RunningGateway.TUNNELS)).map(report -> report.path("agent"));
    if (own.isEmpty() || own.get().isMissingNode()) return;
    if (!own.get().path("connected").asBoolean(false)) {
      findings.add(
          Finding.warn(
              "tunnel.carrier",
              "this agent has no connection to a server",
              "see its log for what the server said"));
      return;
    }
    int refused = own.get().path("refused").size();
    findings.add(
        refused == 0
            ? Finding.ok(
                "tunnel.carrier", "connected to " + own.get().path("server").asString("a server"))
            : Finding.warn(
                "tunnel.carrier",
                "the server refused " + refused + " of its services: " + own.get().path("refused"),
                "ask the server's operator for allow, or give the services other names"));
  }

  // ---- relays ------------------------------------------------------------------------------

  private static void reached(RelayConfig relay, JsonNode report, List<Finding> findings) {
    List<String> relays = new ArrayList<>();
    for (JsonNode each : report.path("auto").path("relays")) {
      JsonNode rtt = each.path("rtt_seconds");
      String peer = each.path("peer").asString("");
      relays.add(
          rtt.isMissingNode() ? peer : peer + " (" + Math.round(rtt.asDouble(0) * 1000) + " ms)");
    }
    String word = report.path("reachability").asString("unknown");
    boolean serves = report.path("service").path("serving").asBoolean(false);
    findings.add(
        switch (word) {
          case "public" -> Finding.ok("nat", "others reach this node directly");
          case "private" ->
              relays.isEmpty()
                  ? Finding.warn(
                      "nat",
                      "this node is behind NAT, and holds no relay: nobody reaches it",
                      relay.auto().wanted()
                          ? "see fairlead relay for the relays it tried"
                          : "name relays: relay.auto.static")
                  : Finding.ok("nat", "this node is behind NAT, and reached through " + relays);
          default ->
              Finding.warn(
                  "nat",
                  "whether others reach this node is not known yet",
                  "connect to other nodes, or say it: relay.reachability.mode");
        });
    if (serves && word.equals("private")) {
      findings.add(
          Finding.warn(
              "relay.service",
              "it offers to relay for others, who cannot reach it",
              "turn relay.service off, or open its port"));
    }
    int wanted = relay.auto().finder().numRelays();
    if (relay.auto().wanted() && word.equals("private") && relays.size() < wanted) {
      findings.add(
          Finding.warn(
              "relay.auto",
              relays.size() + " of " + wanted + " relays are held",
              "name more relays, or lower relay.auto.num_relays"));
    }
  }

  /** Where an address over TCP leads; empty for circuits and other transports. */
  private static Optional<Destination.HostPort> place(Multiaddr address) {
    if (address.relayed()) return Optional.empty();
    Optional<Component> port = address.first(AddressProtocol.TCP);
    if (port.isEmpty()) return Optional.empty();
    for (AddressProtocol each :
        List.of(
            AddressProtocol.IP4,
            AddressProtocol.IP6,
            AddressProtocol.DNS,
            AddressProtocol.DNS4,
            AddressProtocol.DNS6)) {
      Optional<Component> host = address.first(each);
      if (host.isPresent() && port.get().number() > 0) {
        return Optional.of(new Destination.HostPort(host.get().text(), (int) port.get().number()));
      }
    }
    return Optional.empty();
  }
}
