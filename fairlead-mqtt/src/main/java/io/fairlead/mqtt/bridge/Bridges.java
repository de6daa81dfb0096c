package io.fairlead.mqtt.bridge;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.mqtt.BridgeConfig;
import io.fairlead.mqtt.delivery.BrokerCore;
import io.fairlead.mqtt.delivery.Desk;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * The bridges of the running configuration. One that did not change is not touched by a reload; one
 * that goes takes what waited for it with it. Thread-safe.
 */
public final class Bridges {
  private static final long STOP_SECONDS_MAX = 5;

  private final BrokerCore core;
  private final Meters meters;
  private final Randomness randomness;
  private final Supplier<String> gateway;
  private final String brokerId;
  private Map<String, Bridge> running = new LinkedHashMap<>(); // guarded by this
  private boolean started; // guarded by this

  /**
   * @param gateway what the gateway calls itself
   * @param brokerId of this broker, unlike any other's, the same after a restart
   */
  public Bridges(
      BrokerCore core,
      Meters meters,
      Randomness randomness,
      Supplier<String> gateway,
      String brokerId) {
    this.core = core;
    this.meters = meters;
    this.randomness = randomness;
    this.gateway = gateway;
    this.brokerId = brokerId;
  }

  /** From now on these, and no others. */
  public synchronized void take(List<BridgeConfig> next, Map<String, RemoteLink.Dials> dials) {
    Map<String, Bridge> kept = new LinkedHashMap<>();
    List<Bridge> fresh = new ArrayList<>();
    for (BridgeConfig each : next) {
      Bridge before = running.remove(each.name());
      if (before != null && before.config().equals(each)) {
        before.dialBy(dialsOf(dials, each));
        kept.put(each.name(), before);
        continue;
      }
      Set<String> forgotten = new HashSet<>();
      if (before != null) {
        var _ = before.stop(false); // on the same thread as the one that takes its place
        forgotten.addAll(before.filters());
        each.topics().forEach(topic -> forgotten.remove(topic.remote()));
      }
      Bridge bridge =
          new Bridge(
              core,
              each,
              dialsOf(dials, each),
              each.clientId().orElse(gateway.get() + "-" + each.name()),
              brokerId,
              new BridgeMeters(meters, each.name()),
              randomness,
              forgotten);
      meters.gauge(
          "mqtt.bridge.up",
          "Whether a bridge is connected.",
          () -> reportOf(each.name()) ? 1 : 0,
          "bridge",
          each.name());
      kept.put(each.name(), bridge);
      fresh.add(bridge);
    }
    running
        .values()
        .forEach(
            gone -> {
              var _ = gone.stop(true);
            });
    running = kept;
    if (started) fresh.forEach(Bridge::start);
  }

  /** The broker runs: they connect. What is kept of bridges that are not any more goes. */
  public synchronized void start() {
    if (started) return;
    started = true;
    endOrphans();
    running.values().forEach(Bridge::start);
  }

  /**
   * They leave both sides; what waits keeps waiting. Waits until nothing crosses any more: the
   * store may close then, and a message that left after that would leave again.
   */
  public void stop() {
    List<CompletableFuture<Void>> ends = new ArrayList<>();
    synchronized (this) {
      started = false;
      running.values().forEach(each -> ends.add(each.stop(false)));
    }
    try {
      CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new))
          .get(STOP_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException _) {
      // Its event loop is gone, or stands still: then nothing crosses either.
    }
  }

  /** In the order of the configuration. */
  public synchronized List<BridgeReport> reports() {
    return running.values().stream().map(Bridge::report).toList();
  }

  private synchronized boolean reportOf(String name) {
    Bridge there = running.get(name);
    return there != null && there.up();
  }

  private void endOrphans() {
    Set<String> mine = new HashSet<>();
    running.keySet().forEach(each -> mine.add(Bridge.localId(each)));
    Desk desk = new Desk(core);
    var _ = // nobody waits for it
        desk.clients()
            .thenAccept(
                all ->
                    all.stream()
                        .map(each -> each.clientId())
                        .filter(each -> each.startsWith(Bridge.localId("")) && !mine.contains(each))
                        .forEach(
                            each -> {
                              var _ = desk.kick(each, true);
                            }));
  }

  private static RemoteLink.Dials dialsOf(Map<String, RemoteLink.Dials> all, BridgeConfig config) {
    RemoteLink.Dials dials = all.get(config.name());
    if (dials == null) throw new IllegalArgumentException("no way to bridge " + config.name());
    return dials;
  }
}
