package io.fairlead.relay.service;

import io.fairlead.core.unit.Limit;
import io.fairlead.relay.reservation.CircuitLimit;
import java.time.Duration;
import java.util.Optional;

/**
 * What peers of one class may take.
 *
 * @param reservationTtl how long a place is kept, whole seconds
 * @param circuits of one peer at once, as either end
 * @param circuit of each circuit
 * @param bytesPerSecond in each direction of a circuit
 */
public record ClassLimits(
    Duration reservationTtl, Limit circuits, CircuitLimit circuit, Limit bytesPerSecond) {
  public static final ClassLimits DEFAULTS =
      new ClassLimits(
          Duration.ofHours(1),
          Limit.atMost(16),
          new CircuitLimit(Optional.of(Duration.ofSeconds(120)), Optional.of(128 * 1024L)),
          Limit.OFF);

  public ClassLimits {
    if (reservationTtl.toSeconds() < 1) {
      throw new IllegalArgumentException(
          "reservationTtl: " + reservationTtl + " (expected: >= 1s)");
    }
  }

  /** The tighter of two circuits' limits: what holds when one of each class meet. */
  static CircuitLimit tighter(CircuitLimit one, CircuitLimit other) {
    return new CircuitLimit(
        least(one.duration(), other.duration()), least(one.bytes(), other.bytes()));
  }

  private static <T extends Comparable<T>> Optional<T> least(Optional<T> one, Optional<T> other) {
    if (one.isEmpty()) return other;
    return other.isEmpty() || one.get().compareTo(other.get()) <= 0 ? one : other;
  }

  static Limit tighter(Limit one, Limit other) {
    return switch (one) {
      case Limit.Unlimited _ -> other;
      case Limit.AtMost(long count) -> other.admits(count) ? one : other;
    };
  }
}
