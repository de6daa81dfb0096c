package io.fairlead.mqtt.extension;

import io.fairlead.core.event.EventBus;
import io.fairlead.core.meter.Meters;
import io.fairlead.mqtt.MqttAuthenticator;
import io.fairlead.mqtt.MqttAuthenticator.Answer;
import io.fairlead.mqtt.MqttAuthenticator.Shown;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.delivery.BrokerCore;
import io.fairlead.mqtt.delivery.Desk;
import io.fairlead.mqtt.delivery.Shard;
import io.fairlead.mqtt.session.Hooks;
import io.fairlead.mqtt.session.Session;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.topic.TopicFilter;
import io.micrometer.core.instrument.Counter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The extensions of one broker, asked in their order. What one of them throws is counted, logged
 * once in a while, and answered as it said; nothing of it reaches a connection. Thread-safe.
 */
public final class Extensions implements Hooks {
  /** How long an answer about a client may take. */
  public static final Duration DEADLINE = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(Extensions.class);
  private static final long LOGGED_EVERY = 1000;

  private record Loaded(
      MqttExtension extension,
      @Nullable ConnectInterceptor connects,
      @Nullable PublishInterceptor publishes,
      @Nullable SubscribeInterceptor subscribes,
      Counter failures) {}

  private final List<Loaded> loaded = new ArrayList<>();
  private final Map<String, Map<String, String>> settings;
  private final BrokerCore core;
  private final EventBus events;
  private final Meters meters;
  private final Duration deadline;
  private boolean started; // by the thread that starts the broker

  /**
   * @param settings by the extensions' names
   */
  public Extensions(
      List<MqttExtension> extensions,
      Map<String, Map<String, String>> settings,
      BrokerCore core,
      EventBus events,
      Meters meters) {
    this(extensions, settings, core, events, meters, DEADLINE);
  }

  Extensions(
      List<MqttExtension> extensions,
      Map<String, Map<String, String>> settings,
      BrokerCore core,
      EventBus events,
      Meters meters,
      Duration deadline) {
    this.deadline = deadline;
    this.settings = Map.copyOf(settings);
    this.core = core;
    this.events = events;
    this.meters = meters;
    for (MqttExtension each : extensions) {
      loaded.add(
          new Loaded(
              each,
              each.connects().orElse(null),
              each.publishes().orElse(null),
              each.subscribes().orElse(null),
              meters.counter(
                  "mqtt.extension.failures",
                  "Questions that an extension answered with an exception, or not in time.",
                  "extension",
                  each.name())));
    }
  }

  public boolean isEmpty() {
    return loaded.isEmpty();
  }

  /**
   * They begin, in their order. Once; later calls do nothing.
   *
   * @throws IllegalStateException one of them does not
   */
  public void start() {
    if (started) return;
    started = true;
    for (Loaded each : loaded) {
      try {
        each.extension.start(new Services(settings.getOrDefault(each.extension.name(), Map.of())));
      } catch (Exception failure) {
        throw new IllegalStateException(
            "extension " + each.extension.name() + " does not start: " + failure.getMessage(),
            failure);
      }
    }
  }

  /** They end, the last first. */
  public void stop() {
    if (!started) return;
    started = false;
    for (Loaded each : loaded.reversed()) {
      try {
        each.extension.stop();
      } catch (RuntimeException failure) {
        failed(each, failure);
      }
    }
  }

  /** Asks extensions about every client that an authenticator accepts. */
  public MqttAuthenticator around(MqttAuthenticator authenticator) {
    if (loaded.stream().allMatch(each -> each.connects == null)) return authenticator;
    return shown -> {
      CompletionStage<Answer> answer = authenticator.authenticate(shown);
      for (Loaded each : loaded) {
        ConnectInterceptor connects = each.connects;
        if (connects != null) {
          answer = answer.thenCompose(known -> asked(each, connects, shown, known));
        }
      }
      return answer;
    };
  }

  private CompletionStage<Answer> asked(
      Loaded loaded, ConnectInterceptor connects, Shown shown, Answer known) {
    if (known instanceof Answer.Refused) return CompletableFuture.completedFuture(known);
    CompletionStage<Answer> answer;
    try {
      answer = connects.connecting(shown, known);
    } catch (RuntimeException failure) {
      answer = CompletableFuture.failedFuture(failure);
    }
    return answer
        .toCompletableFuture()
        .copy()
        .orTimeout(deadline.toNanos(), TimeUnit.NANOSECONDS)
        .exceptionally(
            failure -> {
              failed(loaded, failure);
              return refuses(loaded) ? new Answer.Refused(ReasonCode.SERVER_UNAVAILABLE) : known;
            });
  }

  @Override
  public @Nullable Message incoming(Session from, Message message, boolean will) {
    Message now = message;
    for (int i = 0; i < loaded.size(); i++) {
      Loaded each = loaded.get(i);
      if (each.publishes == null) continue;
      try {
        Optional<Message> next = each.publishes.incoming(sender(from), now, will);
        if (next.isEmpty()) return null;
        now = next.get();
      } catch (RuntimeException failure) {
        failed(each, failure);
        if (refuses(each)) return null;
      }
    }
    return now;
  }

  @Override
  public boolean outgoing(Session to, Message message) {
    for (int i = 0; i < loaded.size(); i++) {
      Loaded each = loaded.get(i);
      if (each.publishes == null) continue;
      try {
        if (!each.publishes.outgoing(sender(to), message)) return false;
      } catch (RuntimeException failure) {
        failed(each, failure);
        if (refuses(each)) return false;
      }
    }
    return true;
  }

  @Override
  public ReasonCode subscribing(Session session, TopicFilter filter, int qos) {
    ReasonCode granted = ReasonCode.granted(qos);
    for (int i = 0; i < loaded.size(); i++) {
      Loaded each = loaded.get(i);
      if (each.subscribes == null) continue;
      try {
        ReasonCode said =
            each.subscribes.subscribing(sender(session), filter.toString(), granted.code());
        if (said.error()) return said;
        // It may lower what is granted, not raise it.
        if (said.code() < granted.code()) granted = said;
      } catch (RuntimeException failure) {
        failed(each, failure);
        if (refuses(each)) return ReasonCode.UNSPECIFIED_ERROR;
      }
    }
    return granted;
  }

  private static Sender sender(Session session) {
    return new Sender(session.clientId(), session.principal().id());
  }

  private static boolean refuses(Loaded loaded) {
    return loaded.extension.onFailure() == MqttExtension.OnFailure.REFUSE;
  }

  private static void failed(Loaded loaded, Throwable failure) {
    loaded.failures.increment();
    long count = (long) loaded.failures.count();
    if (count % LOGGED_EVERY != 1) return;
    LOG.atWarn()
        .addKeyValue("extension", loaded.extension.name())
        .addKeyValue("failures", count)
        .addKeyValue("failure", failure.toString())
        .log("extension failed");
  }

  /** What one extension is given. */
  private final class Services implements BrokerServices {
    private final Map<String, String> mine;

    Services(Map<String, String> mine) {
      this.mine = Map.copyOf(mine);
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
      return mine;
    }

    @Override
    public void after(Duration delay, Runnable task) {
      Shard shard = core.shard(0);
      shard.executor().execute(() -> shard.timers().after(delay, task));
    }

    @Override
    public CompletionStage<Subscribed> subscribe(
        String filter, int qos, Consumer<Message> listener) {
      return LocalSubscription.open(core.shard(0), filter, qos, listener);
    }
  }
}
