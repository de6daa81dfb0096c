package io.fairlead.relay.service;

import java.time.Duration;

/**
 * How often one may ask: so many times at once, and once more each time {@code refill} has passed.
 */
public record AskRate(int burst, Duration refill) {
  public AskRate {
    if (burst < 1) throw new IllegalArgumentException("burst: " + burst + " (expected: >= 1)");
    if (!refill.isPositive()) {
      throw new IllegalArgumentException("refill: " + refill + " (expected: > 0)");
    }
  }
}
