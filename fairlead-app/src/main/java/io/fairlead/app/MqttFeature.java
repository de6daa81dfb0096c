package io.fairlead.app;

import io.fairlead.app.config.ListenerConfig;
import io.fairlead.app.config.ListenerConfig.Proto;
import io.fairlead.core.access.Cause;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Revocable;
import io.fairlead.core.config.Checks;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Problem;
import io.fairlead.core.config.Reloadable;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.HandOver;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.mqtt.MqttBroker;
import io.fairlead.mqtt.MqttConfig;
import io.fairlead.mqtt.extension.ExtensionFailedException;
import io.fairlead.mqtt.store.StoreException;
import io.fairlead.net.budget.MemoryBudget;
import io.fairlead.net.listen.Face;
import io.fairlead.proxy.ForwardConfig;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The broker, made when a configuration first has a listener for it; until then there is none. It
 * stays when its last listener goes. What it keeps on disk is open in one process at a time.
 *
 * <p>Two things have to come together before it serves: the right to its store, which is {@link
 * #start}, and a configuration. In the first process the right comes first, in a successor the
 * configuration.
 */
final class MqttFeature implements HandOver, Revocable, Reloadable<GatewayConfig> {
  private @Nullable Function<GatewayConfig, MqttBroker> maker; // set once, before anything prepares
  private @Nullable Supplier<GatewayConfig> running; // likewise
  private @Nullable MqttBroker prepared; // this and what follows: guarded by this
  private MemoryBudget budget = MemoryBudget.unlimited(); // set once, before anything prepares
  private boolean durable;
  private boolean entitled;
  private boolean opened;
  private volatile @Nullable MqttBroker broker;
  private Consumer<MqttBroker> onBroker = _ -> {}; // set once, before anything prepares
  private Consumer<MqttBroker> onServing = _ -> {}; // likewise
  private Runnable onLeaving = () -> {}; // likewise
  private boolean told; // guarded by this

  /**
   * How to make it. Once, before anything else is called.
   *
   * @param configuration as it is now
   */
  void madeBy(Function<GatewayConfig, MqttBroker> next, Supplier<GatewayConfig> configuration) {
    maker = next;
    running = configuration;
  }

  /** Where what waits in its queues is counted. Once, before anything prepares. */
  void countsIn(MemoryBudget next) {
    budget = next;
  }

  MemoryBudget budget() {
    return budget;
  }

  /** Who is told of the broker when it has started. Once, before anything prepares. */
  void onBroker(Consumer<MqttBroker> listener) {
    onBroker = listener;
  }

  /**
   * Who works with the broker while it takes messages. Once, before anything prepares.
   *
   * @param serving is told whenever it begins to
   * @param leaving is told before it ends to; when this returns its store may be closed
   */
  void whileItServes(Consumer<MqttBroker> serving, Runnable leaving) {
    onServing = serving;
    onLeaving = leaving;
  }

  /** The broker, if there is one. */
  Optional<MqttBroker> broker() {
    return Optional.ofNullable(broker);
  }

  /** What is wrong with what it keeps, if something is. */
  Optional<String> trouble() {
    return broker().flatMap(MqttBroker::trouble);
  }

  /** What a listener with {@code proto: mqtt} shows; a configuration with one was prepared. */
  synchronized Face face() {
    MqttBroker there = prepared;
    if (there == null) throw new IllegalStateException("mqtt was not prepared");
    return there.face();
  }

  @Override
  public String name() {
    return "mqtt";
  }

  /** Without a store nobody has to wait for it. */
  @Override
  public synchronized Set<String> listeners() {
    Supplier<GatewayConfig> now = running;
    if (now == null) return Set.of();
    GatewayConfig config = now.get();
    if (config.mqtt().persistence().durability() == MqttConfig.Durability.MEMORY) return Set.of();
    return config.listeners().values().stream()
        .filter(each -> each.proto() == Proto.MQTT)
        .map(ListenerConfig::id)
        .collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public synchronized void start() throws StartException, InterruptedException {
    entitled = true;
    Supplier<GatewayConfig> now = running;
    if (now != null) make(now.get());
    try {
      open();
    } catch (StoreException refused) {
      throw new StartException(
          StartException.Reason.RESOURCE,
          "error[%s] %s%n  = fix: %s%n  = more: fairlead help %s"
              .formatted(
                  refused.code().id(), refused.getMessage(), refused.fix(), refused.code().id()),
          refused);
    }
    MqttBroker there = broker;
    if (there == null || !opened) return;
    try {
      serve(there);
    } catch (ExtensionFailedException failed) {
      throw new StartException(
          StartException.Reason.RESOURCE,
          "error[%s] %s%n  = fix: see what the extension says it needs, or remove it%n  = more: fairlead help %s"
              .formatted(failed.code().id(), failed.getMessage(), failed.code().id()),
          failed);
    }
  }

  @Override
  public synchronized void release(Deadline deadline) throws InterruptedException {
    MqttBroker there = broker;
    if (there == null || !opened) return;
    onLeaving.run();
    if (!durable) return;
    there.release(deadline);
    opened = false;
    entitled = false;
  }

  @Override
  public void reopen() throws StartException, InterruptedException {
    synchronized (this) {
      MqttBroker there = broker;
      if (opened && there != null) onServing.accept(there);
      if (opened) return; // in memory: it never went
    }
    start();
  }

  /** The process ends: before any listener goes. */
  void leave() {
    MqttBroker there = broker;
    if (there != null) there.leave();
  }

  @Override
  public void drain(Deadline deadline) throws InterruptedException {
    MqttBroker there = broker;
    if (there != null) there.drain(deadline);
  }

  @Override
  public synchronized void close() {
    onLeaving.run();
    MqttBroker there = prepared;
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
  public synchronized Prepared prepare(GatewayConfig next) throws ConfigException {
    make(next);
    MqttBroker there = prepared;
    if (there == null) return Prepared.NOTHING;
    try {
      open();
    } catch (StoreException refused) {
      throw new ConfigException(
          Problem.error(
              refused.code().id(),
              "/mqtt/persistence",
              Problem.Place.NOWHERE,
              String.valueOf(refused.getMessage()),
              refused.fix()));
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the MQTT store was opened", stopped);
    }
    Prepared change = there.prepare(next.mqtt());
    return new Prepared() {
      @Override
      public void commit() {
        change.commit();
        begin(there);
      }

      @Override
      public void discard() {
        change.discard();
      }
    };
  }

  private synchronized void begin(MqttBroker there) {
    if (broker != null) return;
    broker = there;
    if (opened) serve(there);
  }

  private void serve(MqttBroker there) {
    there.start();
    if (!told) onBroker.accept(there);
    told = true;
    onServing.accept(there);
  }

  private void make(GatewayConfig config) {
    boolean wanted =
        config.listeners().values().stream().anyMatch(each -> each.proto() == Proto.MQTT);
    Function<GatewayConfig, MqttBroker> make = maker;
    if (prepared != null || !wanted || make == null) return;
    durable = config.mqtt().persistence().durability() != MqttConfig.Durability.MEMORY;
    prepared = make.apply(config);
  }

  private void open() throws StoreException, InterruptedException {
    MqttBroker there = prepared;
    if (there == null || !entitled || opened) return;
    there.open();
    opened = true;
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
