package io.fairlead.control.http;

import io.fairlead.core.unit.Limit;

/**
 * Bounds of those who use the control API.
 *
 * @param connections of one source: an address, or a user of the unix socket
 * @param depth of objects and lists in each other, in what a caller sends
 * @param text bytes of one text in it
 * @param document bytes of all of it
 */
public record ControlLimits(Limit connections, Limit depth, Limit text, Limit document) {
  /** What holds where the configuration says nothing. */
  public static final ControlLimits DEFAULTS =
      new ControlLimits(
          Limit.atMost(16), Limit.atMost(64), Limit.atMost(1 << 20), Limit.atMost(16 << 20));

  /** A bound as one of {@code int}, for who knows no absence of bounds. */
  static int number(Limit limit) {
    return switch (limit) {
      case Limit.Unlimited _ -> Integer.MAX_VALUE;
      case Limit.AtMost(long count) -> (int) Math.min(Integer.MAX_VALUE, count);
    };
  }
}
