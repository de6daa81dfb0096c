package io.fairlead.mqtt.extension;

import io.fairlead.core.event.EventBus;
import io.fairlead.core.meter.Meters;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.delivery.Desk;
import io.fairlead.mqtt.store.Message;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.slf4j.Logger;

/**
 * What an extension may use of its broker, until it is stopped: then its timers and subscriptions
 * end. Thread-safe. What goes beyond a bound is counted in {@code fairlead_limit_rejections_total}
 * as {@code mqtt_extension_calls}.
 */
public interface BrokerServices {
  /** Messages that are published and not kept yet, of one extension. */
  int PUBLISHES_MAX = 10_000;

  /** Subscriptions of one extension. */
  int SUBSCRIPTIONS_MAX = 1_000;

  /** Timers of one extension that have not run yet. */
  int TIMERS_MAX = 10_000;

  /** Sessions, retained messages, and publishing as the broker itself. */
  Desk desk();

  /** What happens: clients that come and go, sessions that end. */
  EventBus events();

  /** For its own meters. */
  Meters meters();

  /** Its part of the configuration, as written, without {@code jar}. */
  Map<String, String> settings();

  /** For what it has to say; its name is in the logger's. */
  Logger logger();

  /**
   * Publishes as the broker itself; with the retain flag it is kept, and one without payload
   * removes what is kept.
   *
   * @return completes on an event loop once the message is as safe as the store promises, with an
   *     error where nobody got it; {@code QUOTA_EXCEEDED} at once beyond {@link #PUBLISHES_MAX}
   */
  CompletionStage<ReasonCode> publish(Message message);

  /**
   * Retained messages that a filter means, at most so many.
   *
   * @throws IllegalArgumentException it is no filter
   */
  List<Message> retained(String filter, int most);

  /**
   * Runs something later, on an event loop: it must not block.
   *
   * @throws IllegalStateException beyond {@link #TIMERS_MAX}
   */
  void after(Duration delay, Runnable task);

  /**
   * Subscribes within the process, without a socket: as a client with every right and a session
   * that ends with the subscription.
   *
   * @param filter may be {@code $share/…}
   * @param listener called on an event loop, with QoS 1 and 2 acknowledged when it returns; must
   *     not block
   * @return completes once messages come; failing, it was refused, or is beyond {@link
   *     #SUBSCRIPTIONS_MAX}
   */
  CompletionStage<Subscribed> subscribe(String filter, int qos, Consumer<Message> listener);

  /** A subscription. */
  interface Subscribed extends AutoCloseable {
    @Override
    void close();
  }
}
