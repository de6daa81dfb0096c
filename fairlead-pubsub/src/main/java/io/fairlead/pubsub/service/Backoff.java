package io.fairlead.pubsub.service;

import io.fairlead.core.random.Randomness;
import io.fairlead.pubsub.ServiceSettings;
import java.time.Duration;
import java.util.Optional;

/**
 * How long to wait before the next attempt: evenly spread from zero to a bound that grows, never
 * shorter than the server asks for. Confined to one thread.
 */
final class Backoff {
  private final ServiceSettings.Reconnect settings;
  private final Randomness randomness;
  private int attempts;

  Backoff(ServiceSettings.Reconnect settings, Randomness randomness) {
    this.settings = settings;
    this.randomness = randomness;
  }

  /** Attempts since the last success. */
  int attempts() {
    return attempts;
  }

  /** Whether no further attempt is allowed. */
  boolean exhausted() {
    return settings.maxAttempts() > 0 && attempts >= settings.maxAttempts();
  }

  void reset() {
    attempts = 0;
  }

  Duration next(Optional<Duration> hint) {
    Duration bound = bound(attempts++);
    long nanos = bound.isZero() ? 0 : randomness.generator().nextLong(bound.toNanos() + 1);
    Duration delay = Duration.ofNanos(nanos);
    return hint.filter(wanted -> wanted.compareTo(delay) > 0).orElse(delay);
  }

  /** The longest wait before an attempt. */
  Duration bound(int attempt) {
    if (attempt == 0) return settings.firstDelay();
    double factor = Math.pow(settings.factor(), attempt - 1);
    double nanos = Math.min(settings.base().toNanos() * factor, settings.cap().toNanos());
    return Duration.ofNanos((long) nanos);
  }
}
