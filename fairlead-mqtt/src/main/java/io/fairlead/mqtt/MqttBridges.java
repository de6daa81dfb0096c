package io.fairlead.mqtt;

import io.fairlead.core.config.Checks;
import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Field;
import io.fairlead.mqtt.bridge.BridgeReport;
import io.fairlead.mqtt.bridge.Bridges;
import io.fairlead.mqtt.bridge.RemoteLink;
import io.fairlead.mqtt.bridge.netty.RemoteDials;
import io.fairlead.mqtt.delivery.BrokerCore;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.DirectDialer;
import io.netty.channel.EventLoop;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;

/** The broker's bridges, and how their part of the configuration becomes connections. */
final class MqttBridges {
  private final Bridges bridges;
  private final Optional<DirectDialer> dialer;
  private final DestinationGuard guard;
  private final Map<Executor, EventLoop> loops = new LinkedHashMap<>();

  MqttBridges(MqttBrokerBuilder made, BrokerCore core) {
    bridges = new Bridges(core, made.meters(), made.randomness(), made.gateway(), made.brokerId());
    dialer = made.dialer();
    guard = made.guard();
    for (EventLoop loop : made.loops().loops()) loops.put(loop, loop);
  }

  /** Reads certificates; nothing changes yet. */
  Map<String, RemoteLink.Dials> prepare(MqttConfig next) throws ConfigException {
    Map<String, RemoteLink.Dials> ways = new LinkedHashMap<>();
    int index = 0;
    for (BridgeConfig each : next.bridges()) {
      DirectDialer way =
          dialer.orElseThrow(
              () -> new IllegalStateException("bridges need a dialer: MqttBrokerBuilder.dialer"));
      String path = "/mqtt/bridges/" + index++;
      ways.put(each.name(), RemoteDials.of(each, way, guard, loops, path));
    }
    return ways;
  }

  void take(MqttConfig next, Map<String, RemoteLink.Dials> ways) {
    bridges.take(next.bridges(), ways);
  }

  void start() {
    bridges.start();
  }

  void stop() {
    bridges.stop();
  }

  List<BridgeReport> reports() {
    return bridges.reports();
  }

  /** What one bridge's own definition cannot see. */
  static void check(List<BridgeConfig> all, Field<?> field, Checks checks) {
    Set<String> names = new HashSet<>();
    for (BridgeConfig each : all) {
      if (!names.add(each.name())) {
        checks.error(
            field,
            Codes.DUPLICATE,
            "two bridges are called " + each.name(),
            "give each a name of its own; what waits is kept by it");
      }
      if (each.tls().insecure()) {
        checks.warn(
            field,
            MqttCodes.BRIDGE_UNVERIFIED,
            "bridge " + each.name() + " takes any certificate",
            "remove insecure_skip_verify, name the authority with tls.ca");
      }
    }
  }
}
