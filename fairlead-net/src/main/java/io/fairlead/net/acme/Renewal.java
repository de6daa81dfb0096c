package io.fairlead.net.acme;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * When to ask for a certificate. Pure: chance is an argument from 0 to 1, so that many gateways do
 * not all ask at once.
 */
public final class Renewal {
  private static final Duration BACKOFF_MIN = Duration.ofMinutes(1);
  private static final Duration BACKOFF_MAX = Duration.ofHours(24);
  private static final int DOUBLINGS_MAX = 11;
  private static final double JITTER = 0.1;

  private Renewal() {}

  /**
   * When a server would like a certificate to be renewed (RFC 9773 §4.2).
   *
   * @param end not before {@code start}
   */
  public record Window(Instant start, Instant end) {
    public Window {
      if (end.isBefore(start)) {
        throw new IllegalArgumentException("end: " + end + " (expected: >= " + start + ")");
      }
    }
  }

  /**
   * The moment a certificate is due: inside the server's window if it has one, else when two thirds
   * of its life are over, or up to a thirtieth of its life later.
   */
  public static Instant due(
      Instant notBefore, Instant notAfter, Optional<Window> window, double chance) {
    if (window.isPresent()) {
      Duration length = Duration.between(window.get().start(), window.get().end());
      return window.get().start().plus(part(length, chance));
    }
    Duration life = Duration.between(notBefore, notAfter);
    return notBefore.plus(part(life, 2.0 / 3)).plus(part(life, chance / 30));
  }

  /**
   * How long to wait after so many failures in a row: a minute, doubling up to a day, a tenth more
   * or less.
   */
  public static Duration backoff(int failures, double chance) {
    int doublings = Math.min(Math.max(failures - 1, 0), DOUBLINGS_MAX);
    Duration wait = BACKOFF_MIN.multipliedBy(1L << doublings);
    if (wait.compareTo(BACKOFF_MAX) > 0) wait = BACKOFF_MAX;
    return part(wait, 1 - JITTER + 2 * JITTER * chance);
  }

  private static Duration part(Duration whole, double share) {
    return Duration.ofMillis((long) (whole.toMillis() * share));
  }
}
