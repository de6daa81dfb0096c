package io.fairlead.http.route;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import java.util.UUID;
import java.util.random.RandomGenerator;

/** Makes request ids: UUID version 7 (RFC 9562 §5.7), so that they sort by time. Thread-safe. */
public final class RequestIds {
  private static final int LENGTH_MAX = 128;

  private final Clock clock;
  private final Randomness randomness;

  public RequestIds(Clock clock, Randomness randomness) {
    this.clock = clock;
    this.randomness = randomness;
  }

  public String next() {
    RandomGenerator random = randomness.generator();
    long high = clock.wallMillis() << 16 | 0x7000 | (random.nextLong() & 0x0fff);
    long low = (random.nextLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
    return new UUID(high, low).toString();
  }

  /** For ids of other kinds; of the calling thread. */
  RandomGenerator chance() {
    return randomness.generator();
  }

  /** 1–128 token characters (RFC 9110 §5.6.2). */
  static boolean acceptable(String id) {
    if (id.isEmpty() || id.length() > LENGTH_MAX) return false;
    for (int i = 0; i < id.length(); i++) {
      if (!FieldRules.tokenCharacter(id.charAt(i))) return false;
    }
    return true;
  }
}
