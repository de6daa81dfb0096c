package io.fairlead.app;

import io.fairlead.app.config.ListenerConfig;
import io.fairlead.app.config.ListenerConfig.Proto;
import io.fairlead.core.access.Cause;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Revocable;
import io.fairlead.core.config.Checks;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Reloadable;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.mqtt.MqttBroker;
import io.fairlead.mqtt.MqttConfig;
import io.fairlead.net.listen.Face;
import io.fairlead.proxy.ForwardConfig;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The broker, made when a configuration first has a listener for it; until then there is none. It
 * stays when its last listener goes.
 */
final class MqttFeature implements Service, Revocable, Reloadable<GatewayConfig> {
  private @Nullable Supplier<MqttBroker> maker; // set once, before anything prepares
  private @Nullable MqttBroker prepared; // the configuration's thread
  private volatile @Nullable MqttBroker broker;
  private Consumer<MqttBroker> onBroker = _ -> {}; // set once, before anything prepares

  /** How to make it. Once, before anything else is called. */
  void madeBy(Supplier<MqttBroker> next) {
    maker = next;
  }

  /** Who is told of the broker when it has started. Once, before anything prepares. */
  void onBroker(Consumer<MqttBroker> listener) {
    onBroker = listener;
  }

  /** The broker, if there is one. */
  Optional<MqttBroker> broker() {
    return Optional.ofNullable(broker);
  }

  /** What a listener with {@code proto: mqtt} shows; a configuration with one was prepared. */
  Face face() {
    MqttBroker there = prepared;
    if (there == null) throw new IllegalStateException("mqtt was not prepared");
    return there.face();
  }

  @Override
  public String name() {
    return "mqtt";
  }

  /** It starts with the first configuration that wants it. */
  @Override
  public void start() {}

  @Override
  public void drain(Deadline deadline) throws InterruptedException {
    MqttBroker there = broker;
    if (there != null) there.drain(deadline);
  }

  @Override
  public void close() {
    MqttBroker there = broker;
    if (there != null) there.close();
  }

  @Override
  public String kind() {
    return "mqtt_sessions";
  }

  @Override
  public int revoke(Set<EntryId> entries, Cause cause) {
    MqttBroker there = broker;
    return there == null ? 0 : there.revocable().revoke(entries, cause);
  }

  @Override
  public Prepared prepare(GatewayConfig next) throws ConfigException {
    boolean wanted =
        next.listeners().values().stream().anyMatch(each -> each.proto() == Proto.MQTT);
    Supplier<MqttBroker> make = maker;
    if (prepared == null && wanted && make != null) prepared = make.get();
    MqttBroker there = prepared;
    if (there == null) return Prepared.NOTHING;
    Prepared change = there.prepare(next.mqtt());
    return new Prepared() {
      @Override
      public void commit() {
        change.commit();
        if (broker == null) {
          broker = there;
          there.start();
          onBroker.accept(there);
        }
      }

      @Override
      public void discard() {
        change.discard();
      }
    };
  }

  /** A broker that asks nobody who he is stands only where the operator says that he means it. */
  static void checkOpen(Map<String, ListenerConfig> listeners, MqttConfig mqtt, Checks checks) {
    if (mqtt.anonymous() != MqttConfig.Anonymous.TRUE || mqtt.open()) return;
    for (ListenerConfig listener : listeners.values()) {
      if (listener.proto() != Proto.MQTT || listener.bind().local()) continue;
      checks.errorAt(
          "/listeners/" + listener.id() + "/bind",
          ForwardConfig.OPEN_PROXY,
          "listener "
              + listener.id()
              + " on "
              + listener.bind()
              + " lets everyone use the MQTT broker",
          "set mqtt.anonymous: loopback and mqtt.auth, or bind a loopback address; or write"
              + " mqtt.i_understand_this_is_open: true");
    }
  }
}
