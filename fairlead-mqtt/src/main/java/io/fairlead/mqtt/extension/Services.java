package io.fairlead.mqtt.extension;

import io.fairlead.core.event.EventBus;
import io.fairlead.core.mailbox.Mailbox;
import io.fairlead.core.meter.Meters;
import io.fairlead.mqtt.codec.MqttLimit;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.delivery.BrokerCore;
import io.fairlead.mqtt.delivery.Desk;
import io.fairlead.mqtt.delivery.Shard;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.topic.BadTopicException;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.mqtt.topic.TopicLimits;
import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What one extension is given. Thread-safe; opened and closed by one thread at a time. */
final class Services implements BrokerServices {
  private static final String LOGGERS = "io.fairlead.mqtt.extension.";
  private static final String METERS = "fairlead.";
  private static final String LIMITS = METERS + "limit.rejections";
  private static final Duration PACE_MIN = Duration.ofSeconds(1);

  private final Loaded owner;
  private final BrokerCore core;
  private final EventBus events;
  private final Meters meters;
  private final Logger logger;
  private final AtomicInteger publishes = new AtomicInteger();
  private final AtomicInteger timers = new AtomicInteger();
  private final AtomicInteger subscribing = new AtomicInteger();
  private final Set<Subscribed> subscribed = ConcurrentHashMap.newKeySet();
  private volatile boolean open;
  private @Nullable Mailbox<Boolean> readings;

  Services(Loaded owner, BrokerCore core, EventBus events, Meters meters) {
    this.owner = owner;
    this.core = core;
    this.events = events;
    this.meters = meters;
    this.logger = LoggerFactory.getLogger(LOGGERS + owner.name());
  }

  void open() {
    open = true;
  }

  /** Timers do nothing any more, subscriptions end. */
  void close() {
    open = false;
    for (Subscribed each : subscribed) each.close();
    Mailbox<Boolean> there = readings;
    if (there != null) there.close();
    readings = null;
  }

  @Override
  public Desk desk() {
    return new Desk(core);
  }

  @Override
  public EventBus events() {
    return events;
  }

  @Override
  public Meters meters() {
    return meters;
  }

  @Override
  public Map<String, String> settings() {
    return owner.settings();
  }

  @Override
  public Logger logger() {
    return logger;
  }

  @Override
  public CompletionStage<ReasonCode> publish(Message message) {
    if (!taken(publishes, PUBLISHES_MAX)) {
      return CompletableFuture.completedStage(ReasonCode.QUOTA_EXCEEDED);
    }
    return desk().deliver(message).whenComplete((_, _) -> publishes.decrementAndGet());
  }

  @Override
  public List<Message> retained(String filter, int most) {
    try {
      return core.retention().list(TopicFilter.of(filter, TopicLimits.WIDEST), most);
    } catch (BadTopicException bad) {
      throw new IllegalArgumentException("filter: " + filter + " (" + bad.getMessage() + ")", bad);
    }
  }

  @Override
  public void after(Duration delay, Runnable task) {
    if (!taken(timers, TIMERS_MAX)) {
      throw new IllegalStateException("timers: " + TIMERS_MAX + " have not run yet");
    }
    Shard shard = core.shard(0);
    shard
        .executor()
        .execute(
            () -> {
              var _ = // does nothing once it is closed
                  shard
                      .timers()
                      .after(
                          delay,
                          () -> {
                            timers.decrementAndGet();
                            if (open) owner.tell(task);
                          });
            });
  }

  @Override
  public CompletionStage<Subscribed> subscribe(String filter, int qos, Consumer<Message> listener) {
    if (!taken(subscribing, SUBSCRIPTIONS_MAX)) {
      return CompletableFuture.failedStage(
          new IllegalStateException("subscriptions: " + SUBSCRIPTIONS_MAX + " are there already"));
    }
    return LocalSubscription.open(core.shard(0), filter, qos, listener)
        .handle(
            (made, failure) -> {
              if (failure != null) {
                subscribing.decrementAndGet();
                throw new java.util.concurrent.CompletionException(failure);
              }
              Mine mine = new Mine(made);
              subscribed.add(mine);
              if (!open) mine.close();
              return mine;
            });
  }

  private boolean taken(AtomicInteger count, int most) {
    if (count.incrementAndGet() <= most) return true;
    count.decrementAndGet();
    core.meters().rejected(MqttLimit.EXTENSION_CALLS);
    return false;
  }

  /** One of its subscriptions. */
  private final class Mine implements Subscribed {
    private final Subscribed made;

    Mine(Subscribed made) {
      this.made = made;
    }

    @Override
    public void close() {
      if (!subscribed.remove(this)) return;
      subscribing.decrementAndGet();
      made.close();
    }
  }

  /** Tells it the meters at its pace, until this is closed. */
  void tell(MetricsSink sink) {
    Duration wanted = owner.ask(sink::every, () -> PACE_MIN);
    Duration pace = wanted.compareTo(PACE_MIN) < 0 ? PACE_MIN : wanted;
    // One place: while it reads, at most one more look is due.
    Mailbox<Boolean> inbox =
        Mailbox.start(
            "extension-" + owner.name() + "-meters", 1, _ -> owner.tell(() -> sink.read(now())));
    readings = inbox;
    look(inbox, pace);
  }

  private void look(Mailbox<Boolean> inbox, Duration pace) {
    Shard shard = core.shard(0);
    shard
        .executor()
        .execute(
            () -> {
              var _ = // ends with the services
                  shard
                      .timers()
                      .after(
                          pace,
                          () -> {
                            if (!open) return;
                            boolean _ = inbox.offer(true); // full: it reads still
                            look(inbox, pace);
                          });
            });
  }

  private List<MetricsSink.Reading> now() {
    List<MetricsSink.Reading> all = new ArrayList<>();
    for (Meter meter : meters.registry().getMeters()) {
      Meter.Id id = meter.getId();
      boolean ours = id.getName().startsWith(METERS + "mqtt.");
      String limit = id.getTag("limit");
      boolean bound = id.getName().equals(LIMITS) && limit != null && limit.startsWith("mqtt_");
      if (!ours && !bound) continue;
      Map<String, String> labels = new LinkedHashMap<>();
      for (Tag tag : id.getTags()) labels.put(tag.getKey(), tag.getValue());
      String name = id.getName().substring(METERS.length());
      for (Measurement each : meter.measure()) {
        all.add(
            new MetricsSink.Reading(
                id.getType() == Meter.Type.TIMER ? name + "." + word(each) : name,
                labels,
                each.getValue()));
      }
    }
    return all;
  }

  private static String word(Measurement measurement) {
    return switch (measurement.getStatistic()) {
      case TOTAL_TIME -> "seconds";
      default -> measurement.getStatistic().name().toLowerCase(Locale.ROOT);
    };
  }
}
