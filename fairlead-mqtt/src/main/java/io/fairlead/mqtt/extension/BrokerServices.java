package io.fairlead.mqtt.extension;

import io.fairlead.core.event.EventBus;
import io.fairlead.core.meter.Meters;
import io.fairlead.mqtt.delivery.Desk;
import io.fairlead.mqtt.store.Message;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** What an extension may use of its broker. Thread-safe. */
public interface BrokerServices {
  /** Sessions, retained messages, and publishing as the broker itself. */
  Desk desk();

  /** What happens: clients that come and go, sessions that end. */
  EventBus events();

  /** For its own meters. */
  Meters meters();

  /** Its part of the configuration, as written. */
  Map<String, String> settings();

  /** Runs something later, on an event loop: it must not block. */
  void after(Duration delay, Runnable task);

  /**
   * Subscribes within the process, without a socket: as a client with every right and a session
   * that ends with the subscription.
   *
   * @param filter may be {@code $share/…}
   * @param listener called on an event loop, with QoS 1 and 2 acknowledged when it returns; must
   *     not block
   * @return completes once messages come; failing, it was refused
   */
  CompletionStage<Subscribed> subscribe(String filter, int qos, Consumer<Message> listener);

  /** A subscription. */
  interface Subscribed extends AutoCloseable {
    @Override
    void close();
  }
}
