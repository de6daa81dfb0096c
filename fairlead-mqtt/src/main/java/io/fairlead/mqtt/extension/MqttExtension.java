package io.fairlead.mqtt.extension;

import java.util.Optional;

/**
 * Something that is added to the broker. A program that embeds the broker hands it over with {@code
 * MqttBrokerBuilder.extension}; a gateway finds it with {@link java.util.ServiceLoader} in a jar
 * beside its own, once the section {@code mqtt.extensions} names it.
 *
 * <p>Interceptors are asked by many event loops at once and must be thread-safe.
 */
public interface MqttExtension {
  /** Its name in the configuration, in meters and in logs. */
  String name();

  /**
   * Begins, before the first client. An exception keeps the broker from starting.
   *
   * @param services of this broker, until {@link #stop}
   */
  default void start(BrokerServices services) throws Exception {}

  /** Ends: the broker has let its clients go. */
  default void stop() {}

  /** What counts when an interceptor fails or takes too long: no, or as if it were not there. */
  default OnFailure onFailure() {
    return OnFailure.REFUSE;
  }

  default Optional<ConnectInterceptor> connects() {
    return Optional.empty();
  }

  default Optional<PublishInterceptor> publishes() {
    return Optional.empty();
  }

  default Optional<SubscribeInterceptor> subscribes() {
    return Optional.empty();
  }

  /** What counts instead of an answer. */
  enum OnFailure {
    REFUSE,
    PASS
  }
}
