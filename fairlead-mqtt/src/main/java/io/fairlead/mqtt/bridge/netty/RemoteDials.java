package io.fairlead.mqtt.bridge.netty;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.Dialer;
import io.fairlead.mqtt.BridgeConfig;
import io.fairlead.mqtt.bridge.RemoteLink;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.delivery.Shard;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.DirectDialer;
import io.fairlead.net.tls.ClientTls;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/** Opens connections for one bridge, with the certificates of one reading. Thread-safe. */
public final class RemoteDials implements RemoteLink.Dials {
  private static final int PORT = 1883;
  private static final int SECURED_PORT = 8883;

  private final DirectDialer dialer;
  private final DestinationGuard guard;
  private final Map<Executor, EventLoop> loops;
  private final Optional<ClientTls> tls;
  private final Optional<String> serverName;

  private RemoteDials(
      DirectDialer dialer,
      DestinationGuard guard,
      Map<Executor, EventLoop> loops,
      Optional<ClientTls> tls,
      Optional<String> serverName) {
    this.dialer = dialer;
    this.guard = guard;
    this.loops = Map.copyOf(loops);
    this.tls = tls;
    this.serverName = serverName;
  }

  /**
   * @param loops of the shards, by their executors
   * @param path key path of the bridge in the configuration, for problems
   * @throws ConfigException a certificate or key cannot be read
   */
  public static RemoteDials of(
      BridgeConfig bridge,
      DirectDialer dialer,
      DestinationGuard guard,
      Map<Executor, EventLoop> loops,
      String path)
      throws ConfigException {
    BridgeConfig.Tls said = bridge.tls();
    Optional<ClientTls> tls = Optional.empty();
    if (bridge.addresses().stream().anyMatch(BridgeConfig::secured)) {
      Optional<ClientTls.Identity> identity =
          said.cert().isPresent() && said.key().isPresent()
              ? Optional.of(new ClientTls.Identity(said.cert().get(), said.key().get()))
              : Optional.empty();
      tls =
          Optional.of(
              ClientTls.of(!said.insecure(), said.ca(), identity, path + "/tls")
                  .offering(List.of("mqtt")));
    }
    return new RemoteDials(dialer, guard, loops, tls, said.serverName());
  }

  @Override
  public CompletionStage<RemoteLink> dial(
      Shard shard,
      URI address,
      MqttVersion version,
      boolean announced,
      Duration timeout,
      RemoteLink.Listener listener) {
    EventLoop loop = loops.get(shard.executor());
    if (loop == null) throw new IllegalStateException("a shard without an event loop");
    boolean secured = BridgeConfig.secured(address);
    int given = address.getPort();
    int port = given > 0 ? given : secured ? SECURED_PORT : PORT;
    String host = host(address);
    Dialer<Channel> way =
        secured
            ? dialer.secured(loop, guard, tls.orElseThrow(), serverName.orElse(host))
            : dialer.on(loop, guard);
    return way.dial(new Destination.HostPort(host, port), timeout)
        .thenApply(channel -> RemoteChannel.on(channel, shard, version, announced, listener));
  }

  /** Without the brackets of an IPv6 address. */
  private static String host(URI address) {
    String host = address.getHost();
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }
}
