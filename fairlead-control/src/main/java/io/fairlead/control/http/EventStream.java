package io.fairlead.control.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.control.access.Role;
import io.fairlead.control.http.Router.Effect;
import io.fairlead.control.http.Router.Route;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.micrometer.core.instrument.Counter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code GET /v1/events}, and of it the registry's part at {@code /v1/registry/events}: what
 * happens, as server-sent events (WHATWG HTML, "Server-sent events"). The last {@value #RING} are
 * remembered, so that a watcher who comes back with {@code Last-Event-ID} misses nothing, or is
 * told by a {@code gap} event that it did. At most {@value #WATCHERS_MAX} watch; each may be
 * {@value #BUFFERED_MAX} events behind, then it loses events and is told by a {@code dropped} event
 * how many.
 *
 * <p>Thread-safe. Watchers are told on their connection's event loop.
 */
public final class EventStream implements ResourceArea {
  static final int RING = 10_000;
  static final int WATCHERS_MAX = 32;
  static final int BUFFERED_MAX = 1_000;

  private static final int BUS_CAPACITY = 4_096;
  private static final Predicate<EventFrame> REGISTRY =
      frame ->
          frame.kind().startsWith("registry.")
              || frame.kind().startsWith("member.")
              || frame.kind().equals("gap");
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);
  private static final byte[] COMMENT = ": still here\n\n".getBytes(UTF_8);

  private final Clock clock;
  private final String epoch;
  private final Counter refused;
  private final Counter dropped;
  private final CopyOnWriteArrayList<EventWatcher> watchers = new CopyOnWriteArrayList<>();
  private final ArrayDeque<EventFrame> ring = new ArrayDeque<>(); // guarded by ring
  private long sequence; // guarded by ring

  public EventStream(EventBus events, Meters meters, Clock clock) {
    this.clock = clock;
    // Ids of another process must not look like ours.
    this.epoch = Long.toString(clock.wall().toEpochMilli(), 36);
    this.refused =
        meters.counter("limit.rejections", "Work refused by a limit.", "limit", "event_watchers");
    this.dropped = meters.counter("control.events.dropped", "Events a slow watcher did not get.");
    meters.gauge("control.event.watchers", "Open event streams.", watchers::size);
    events.subscribe("stream", BUS_CAPACITY, this::append);
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.of("GET", "/v1/events", Role.VIEWER, Effect.READS, this::watch),
        Route.of("GET", "/v1/registry/events", Role.VIEWER, Effect.READS, this::watchRegistry));
  }

  private CompletionStage<Reply> watchRegistry(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of("since"));
    return watch(request, REGISTRY);
  }

  private CompletionStage<Reply> watch(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of("type", "since"));
    return watch(request, filter(request.query().text("type")));
  }

  private CompletionStage<Reply> watch(ControlRequest request, Predicate<EventFrame> wanted)
      throws BadRequestException {
    Optional<Duration> since = request.query().duration("since");
    if (request.method().equals("HEAD")) {
      return CompletableFuture.completedStage(Reply.of(200, "text/event-stream", new byte[0]));
    }
    EventWatcher watcher = new EventWatcher(wanted, KEEP_ALIVE, COMMENT, watchers::remove);
    synchronized (ring) {
      if (watchers.size() >= WATCHERS_MAX) {
        refused.increment();
        return CompletableFuture.completedStage(
            Reply.error(
                    503,
                    "too_many_watchers",
                    "at most " + WATCHERS_MAX + " may watch at a time",
                    "close another one",
                    0)
                .with("Retry-After", "5"));
      }
      watcher.begin(missed(request.lastEventId(), since));
      watchers.add(watcher);
    }
    return CompletableFuture.completedStage(Reply.live("text/event-stream", watcher));
  }

  /** What a watcher gets before what happens from now on. Guarded by ring. */
  private List<EventFrame> missed(Optional<String> lastEventId, Optional<Duration> since) {
    List<EventFrame> frames = new ArrayList<>();
    if (lastEventId.isPresent()) {
      long last = sequenceOf(lastEventId.get());
      long oldest = ring.isEmpty() ? sequence + 1 : ring.getFirst().sequence();
      if (last < 0 || last + 1 < oldest) frames.add(gap(last, oldest));
      for (EventFrame frame : ring) {
        if (frame.sequence() > last) frames.add(frame);
      }
    } else if (since.isPresent()) {
      Instant from = clock.wall().minus(since.get());
      for (EventFrame frame : ring) {
        if (!frame.at().isBefore(from)) frames.add(frame);
      }
    }
    return frames;
  }

  /** The sequence number of an id; -1 when it is not one of this process. */
  private long sequenceOf(String id) {
    if (!id.startsWith(epoch + "-")) return -1;
    try {
      return Long.parseLong(id.substring(epoch.length() + 1));
    } catch (NumberFormatException foreign) {
      return -1;
    }
  }

  private EventFrame gap(long last, long oldest) {
    ObjectNode data = Json.object();
    if (last >= 0) data.put("missed", oldest - last - 1);
    data.put(
        "reason", last < 0 ? "another process wrote that id" : "older than what is remembered");
    return EventFrame.aside(clock.wall(), "gap", data);
  }

  private void append(GatewayEvent event) {
    synchronized (ring) {
      EventFrame frame = EventFrame.of(event, epoch, ++sequence);
      ring.add(frame);
      if (ring.size() > RING) ring.remove();
      for (EventWatcher watcher : watchers) {
        if (!watcher.offer(frame)) dropped.increment();
      }
    }
  }

  /** A kind, or a pattern with {@code *}; words with commas between are alternatives. */
  private static Predicate<EventFrame> filter(Optional<String> type) throws BadRequestException {
    if (type.isEmpty()) return _ -> true;
    if (!type.get().matches("[a-z0-9_.*,]{1,200}")) {
      throw new BadRequestException(400, "bad_query", "type: like config.* or flow.closed");
    }
    Pattern pattern =
        Pattern.compile(type.get().replace(".", "\\.").replace("*", ".*").replace(",", "|"));
    return frame -> frame.kind().equals("gap") || pattern.matcher(frame.kind()).matches();
  }
}
