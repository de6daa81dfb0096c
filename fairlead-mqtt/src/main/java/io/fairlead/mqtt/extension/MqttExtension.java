package io.fairlead.mqtt.extension;

import io.fairlead.mqtt.EnhancedAuthenticator;
import io.fairlead.mqtt.MqttAuthenticator;
import io.fairlead.mqtt.MqttAuthorizer;
import java.util.List;
import java.util.Optional;

/**
 * Something that is added to the broker. A program that embeds the broker hands it over with {@code
 * MqttBrokerBuilder.extension}; a gateway finds it with {@link java.util.ServiceLoader}, once the
 * section {@code mqtt.extensions} names it: in the jar that is named there, or in one beside its
 * own.
 *
 * <p>What it offers is asked for once, after {@link #start}. All of it is called by many event
 * loops at once and must be thread-safe.
 */
public interface MqttExtension {
  /** Its name in the configuration, in meters and in logs. */
  String name();

  /**
   * Begins, before the first client; after a reload, before it takes the place of the one with the
   * settings of before. May block. An exception keeps the broker from starting, or the new
   * configuration from coming into force.
   *
   * @param services of this broker, until {@link #stop}
   */
  default void start(BrokerServices services) throws Exception {}

  /**
   * Ends: the broker has let its clients go, or another has taken its place and it is not asked any
   * more. May block.
   */
  default void stop() {}

  /**
   * What counts when it fails or takes longer than {@link Extensions#DEADLINE}: no, or as if it
   * were not there.
   */
  default OnFailure onFailure() {
    return OnFailure.REFUSE;
  }

  /**
   * Says who clients are. {@code Anonymous} means that it does not know: then the next extension is
   * asked, and last the accounts of the configuration.
   */
  default Optional<MqttAuthenticator> authenticates() {
    return Optional.empty();
  }

  /** Methods of enhanced authentication. */
  default List<EnhancedAuthenticator> methods() {
    return List.of();
  }

  /**
   * Says what clients may do. Where the configuration says so, too ({@code mqtt.acl}), both must
   * allow it.
   */
  default Optional<MqttAuthorizer> authorizes() {
    return Optional.empty();
  }

  default Optional<ConnectInterceptor> connects() {
    return Optional.empty();
  }

  default Optional<PublishInterceptor> publishes() {
    return Optional.empty();
  }

  /** Asked after {@link #publishes}. */
  default Optional<PublishReviewer> reviewsPublishes() {
    return Optional.empty();
  }

  default Optional<SubscribeInterceptor> subscribes() {
    return Optional.empty();
  }

  /** Asked after {@link #subscribes}. */
  default Optional<SubscribeReviewer> reviewsSubscribes() {
    return Optional.empty();
  }

  default Optional<WillInterceptor> wills() {
    return Optional.empty();
  }

  default Optional<LifecycleListener> listens() {
    return Optional.empty();
  }

  default Optional<GroupStrategy> strategy() {
    return Optional.empty();
  }

  default Optional<MetricsSink> measures() {
    return Optional.empty();
  }

  /** What counts instead of an answer. */
  enum OnFailure {
    REFUSE,
    PASS
  }
}
