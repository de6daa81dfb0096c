package io.fairlead.mqtt.topic;

import org.jspecify.annotations.Nullable;

/**
 * One subscriber that a message reaches, with what it was granted; a subscriber has one receiver
 * per message however many of its filters match. Immutable.
 */
public class Receiver<S> {
  private final S subscriber;
  private final @Nullable Grant fromOthers;
  private final @Nullable Grant fromItself;

  Receiver(S subscriber, @Nullable Grant fromOthers, @Nullable Grant fromItself) {
    this.subscriber = subscriber;
    this.fromOthers = fromOthers;
    this.fromItself = fromItself;
  }

  /** Who receives. */
  public final S subscriber() {
    return subscriber;
  }

  /**
   * What it gets.
   *
   * @param own the subscriber's client is itself the publisher: filters with No Local play no part
   * @return null when it gets nothing
   */
  public final @Nullable Grant grant(boolean own) {
    return own ? fromItself : fromOthers;
  }

  final Receiver<S> and(Receiver<S> other) {
    return new Receiver<>(
        subscriber,
        Grant.merged(fromOthers, other.fromOthers),
        Grant.merged(fromItself, other.fromItself));
  }
}
