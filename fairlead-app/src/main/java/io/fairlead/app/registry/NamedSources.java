package io.fairlead.app.registry;

import io.fairlead.core.access.Membership.Use;
import io.fairlead.mqtt.MqttAuth;
import io.fairlead.mqtt.MqttConfig;
import io.fairlead.proxy.ForwardConfig;
import io.fairlead.relay.RelayConfig;
import io.fairlead.tunnel.TunnelConfig;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Sources that a configuration names where somebody proves who he is. */
public final class NamedSources {
  private NamedSources() {}

  /** By what their entries may use. */
  public static Map<Use, Set<String>> of(
      Collection<ForwardConfig> forward,
      MqttConfig mqtt,
      TunnelConfig tunnels,
      Optional<RelayConfig> relay) {
    Map<Use, Set<String>> named = new EnumMap<>(Use.class);
    for (ForwardConfig service : forward) {
      service
          .auth()
          .flatMap(ForwardConfig.Auth::registry)
          .flatMap(tokens -> tokens.source())
          .ifPresent(source -> add(named, Use.PROXY_USERS, source));
    }
    for (MqttAuth each : mqtt.auth()) {
      if (!(each instanceof MqttAuth.Registry registry)) continue;
      registry.tokens().source().ifPresent(source -> add(named, Use.MQTT_CLIENTS, source));
    }
    tunnels.server().stream()
        .flatMap(server -> server.agents().values().stream())
        .flatMap(agent -> agent.registry().stream())
        .forEach(source -> add(named, Use.TUNNEL_CLIENTS, source));
    relay
        .filter(RelayConfig::enabled)
        .ifPresent(
            there -> {
              there.auto().registry().ifPresent(list -> add(named, Use.RELAY_PEERS, list.id()));
              there.service().registry().ifPresent(list -> add(named, Use.RELAY_PEERS, list.id()));
            });
    return named;
  }

  private static void add(Map<Use, Set<String>> named, Use use, String source) {
    named.computeIfAbsent(use, _ -> new TreeSet<>()).add(source);
  }
}
