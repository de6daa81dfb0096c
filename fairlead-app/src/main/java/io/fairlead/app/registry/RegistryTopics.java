package io.fairlead.app.registry;

import io.fairlead.core.event.EventBus;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.event.GatewayEvent.RegistryChanged;
import io.fairlead.core.event.GatewayEvent.RegistryStateChanged;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.registry.RegistryService;
import io.fairlead.registry.model.Entry;
import io.fairlead.registry.model.Snapshot;
import io.micrometer.core.instrument.Counter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the registry tells on topics of the gateway's own broker:
 *
 * <pre>
 * $fairlead/events/registry/SOURCE/entries/ID   one entry, retained; empty when it is gone
 * $fairlead/events/registry/SOURCE/changes      one change each, with a seq that has no gaps
 * $fairlead/events/registry/status              how sources and targets stand, retained
 * </pre>
 *
 * While there is no broker yet, {@value #WAITING_MAX} messages wait; of more the oldest are dropped
 * and a message {@code {"gap": n}} stands in their place. Changes are told after they are verified,
 * in their order. Owned by the event bus's thread of this subscriber; {@link #broker} may be called
 * by any.
 */
public final class RegistryTopics implements AutoCloseable {
  /** Takes a message for the broker's clients. */
  @FunctionalInterface
  public interface Out {
    void publish(String topic, byte[] payload, boolean retain);
  }

  private record Waiting(String topic, byte[] payload, boolean retain) {}

  static final int WAITING_MAX = 1_000;
  private static final int EVENTS_MAX = 10_000;
  private static final String PREFIX = "$fairlead/events/registry/";
  private static final byte[] GONE = {};
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Supplier<RegistryService> registry;
  private final Supplier<String> gateway;
  private final Clock clock;
  private final Counter lost;
  private final EventBus.Subscription subscription;
  // All guarded by this.
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private final Map<String, List<Entry>> told = new HashMap<>();
  private Optional<Out> out = Optional.empty();
  private long seq;
  private long dropped;

  /**
   * @param registry the service, asked for at each event
   * @param gateway its name, in each payload
   */
  public RegistryTopics(
      Supplier<RegistryService> registry,
      Supplier<String> gateway,
      EventBus events,
      Meters meters,
      Clock clock) {
    this.registry = registry;
    this.gateway = gateway;
    this.clock = clock;
    this.lost =
        meters.counter(
            "registry.topics.dropped",
            "Messages about the registry that were dropped because no broker took them.");
    this.subscription = events.subscribe("registry-topics", EVENTS_MAX, this::heard);
  }

  /** There is a broker now; whoever comes late to it finds what is retained. */
  public synchronized void broker(Out next) {
    out = Optional.of(next);
    Waiting each;
    if (dropped > 0) gap();
    while ((each = waiting.poll()) != null) {
      next.publish(each.topic(), each.payload(), each.retain());
    }
    told.clear();
    entries();
    status();
  }

  private synchronized void heard(GatewayEvent event) {
    switch (event) {
      case RegistryChanged changed -> {
        entries();
        change(changed);
      }
      case RegistryStateChanged _ -> {
        entries();
        status();
      }
      default -> {}
    }
  }

  private void change(RegistryChanged changed) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("seq", ++seq);
    line.put("time", changed.at().toString());
    line.put("gateway", gateway.get());
    line.putAll(changed.line());
    Object source = changed.line().getOrDefault("source", "registry");
    publish(PREFIX + source + "/changes", json(line), false);
  }

  private void status() {
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("gateway", gateway.get());
    status.putAll(RegistryReports.status(registry.get(), clock.wall()));
    publish(PREFIX + "status", json(status), true);
  }

  /** Tells what differs from what was told, of every source that was read. */
  private void entries() {
    registry
        .get()
        .sources()
        .forEach((name, view) -> view.lastGood().ifPresent(list -> entries(name, list)));
  }

  private void entries(String source, Snapshot list) {
    List<Entry> before = told.getOrDefault(source, List.of());
    if (before.equals(list.entries())) return;
    Map<String, Entry> gone = new LinkedHashMap<>();
    before.forEach(entry -> gone.put(entry.id(), entry));
    List<Entry> news = new ArrayList<>();
    for (Entry entry : list.entries()) {
      if (!entry.equals(gone.remove(entry.id()))) news.add(entry);
    }
    told.put(source, list.entries());
    String prefix = PREFIX + source + "/entries/";
    gone.keySet().forEach(id -> publish(prefix + id, GONE, true));
    for (Entry entry : news) {
      Map<String, Object> payload = new LinkedHashMap<>();
      payload.put("gateway", gateway.get());
      payload.put("source", source);
      payload.put("position", list.position().text());
      payload.putAll(RegistryReports.entry(entry));
      publish(prefix + entry.id(), json(payload), true);
    }
  }

  private void publish(String topic, byte[] payload, boolean retain) {
    if (out.isPresent()) {
      out.get().publish(topic, payload, retain);
      return;
    }
    waiting.add(new Waiting(topic, payload, retain));
    if (waiting.size() <= WAITING_MAX) return;
    waiting.remove();
    dropped++;
    lost.increment();
  }

  private void gap() {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("gateway", gateway.get());
    line.put("gap", dropped);
    dropped = 0;
    out.ifPresent(there -> there.publish(PREFIX + "gap", json(line), false));
  }

  private static byte[] json(Map<String, Object> tree) {
    // Maps, lists and scalars only: nothing of ours is mapped by reflection.
    return JSON.valueToTree(tree).toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    subscription.close();
  }
}
