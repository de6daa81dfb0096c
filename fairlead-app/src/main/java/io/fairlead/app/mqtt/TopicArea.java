package io.fairlead.app.mqtt;

import io.fairlead.control.access.Role;
import io.fairlead.control.http.BadRequestException;
import io.fairlead.control.http.ControlRequest;
import io.fairlead.control.http.Reply;
import io.fairlead.control.http.ResourceArea;
import io.fairlead.control.http.Router.Effect;
import io.fairlead.control.http.Router.Route;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.mqtt.MqttBroker;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.topic.BadTopicException;
import io.fairlead.mqtt.topic.RetainedTree;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.mqtt.topic.TopicLimits;
import io.fairlead.mqtt.topic.TopicName;
import io.micrometer.core.instrument.Counter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * {@code /v1/mqtt/topics}: the tree of topics with retained messages, level by level; {@code
 * /v1/mqtt/watch}: messages as they are published, as server-sent events. At most {@value
 * #WATCHERS_MAX} watch.
 */
public final class TopicArea implements ResourceArea {
  static final int WATCHERS_MAX = 8;
  private static final int LEVELS_MAX = 1_000;
  private static final int DEPTH_MAX = 128;

  private final Supplier<Optional<MqttBroker>> broker;
  private final Clock clock;
  private final Semaphore places = new Semaphore(WATCHERS_MAX);
  private final Counter refused;
  private final Counter dropped;

  /**
   * @param broker of this process, if there is one; asked for at each request
   */
  public TopicArea(Supplier<Optional<MqttBroker>> broker, Meters meters, Clock clock) {
    this.broker = broker;
    this.clock = clock;
    this.refused =
        meters.counter("limit.rejections", "Work refused by a limit.", "limit", "mqtt_watchers");
    this.dropped =
        meters.counter("mqtt.watch.dropped", "Messages that were not shown to who watches.");
    meters.gauge(
        "mqtt.watchers",
        "Who watches messages by the control API.",
        () -> WATCHERS_MAX - places.availablePermits());
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.of("GET", "/v1/mqtt/topics", Role.VIEWER, Effect.READS, this::topics),
        Route.of("GET", "/v1/mqtt/watch", Role.VIEWER, Effect.READS, this::watch));
  }

  private CompletionStage<Reply> topics(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of("prefix", "depth"));
    int depth = depth(request.query().text("depth").orElse("1"));
    Optional<TopicName> prefix = prefix(request.query().text("prefix").orElse(""));
    List<RetainedTree.Level<Message>> found =
        MqttArea.there(broker).desk().topics(prefix, depth, LEVELS_MAX + 1);
    List<Map<String, Object>> list = new ArrayList<>();
    for (RetainedTree.Level<Message> each : found.subList(0, Math.min(LEVELS_MAX, found.size()))) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("topic", new String(each.topic(), StandardCharsets.UTF_8));
      one.put("children", each.children());
      Message message = each.message();
      one.put("retained", message != null);
      if (message != null) one.put("payload_bytes", message.payload().length);
      list.add(one);
    }
    list.sort(Comparator.comparing(each -> String.valueOf(each.get("topic"))));
    return CompletableFuture.completedFuture(
        MqttArea.reply(
            "mqtt.topics", Map.of("topics", list, "truncated", found.size() > LEVELS_MAX)));
  }

  private static int depth(String text) throws BadRequestException {
    int depth = text.matches("[0-9]{1,3}") ? Integer.parseInt(text) : 0;
    if (depth >= 1 && depth <= DEPTH_MAX) return depth;
    throw new BadRequestException(400, "bad_query", "depth: 1 to " + DEPTH_MAX + " are expected");
  }

  private static Optional<TopicName> prefix(String text) throws BadRequestException {
    if (text.isEmpty()) return Optional.empty();
    try {
      return Optional.of(TopicName.of(text, TopicLimits.WIDEST));
    } catch (BadTopicException bad) {
      throw new BadRequestException(400, "bad_query", "prefix " + bad.getMessage());
    }
  }

  private CompletionStage<Reply> watch(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of("filter"));
    String filter = request.query().text("filter").orElse("#");
    check(filter);
    MqttBroker there = MqttArea.there(broker);
    if (request.method().equals("HEAD")) {
      return CompletableFuture.completedFuture(Reply.of(200, "text/event-stream", new byte[0]));
    }
    if (!places.tryAcquire()) {
      refused.increment();
      return CompletableFuture.completedFuture(
          Reply.error(
                  503,
                  "too_many_watchers",
                  "at most " + WATCHERS_MAX + " may watch at a time",
                  "close another one",
                  0)
              .with("Retry-After", "5"));
    }
    TopicWatcher watcher = new TopicWatcher(there, filter, clock, dropped, places::release);
    return CompletableFuture.completedFuture(Reply.live("text/event-stream", watcher));
  }

  private static void check(String filter) throws BadRequestException {
    try {
      if (!TopicFilter.of(filter, TopicLimits.WIDEST).shared()) return;
    } catch (BadTopicException bad) {
      throw new BadRequestException(400, "bad_query", "filter " + bad.getMessage());
    }
    throw new BadRequestException(
        400, "bad_query", "filter: who watches takes nothing from a shared group; name the topics");
  }
}
