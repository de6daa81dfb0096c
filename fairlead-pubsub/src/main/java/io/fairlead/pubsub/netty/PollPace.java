package io.fairlead.pubsub.netty;

import java.time.Duration;
import java.util.Optional;

/**
 * How long to wait between an answer and the next question: a third of the time between blocks, as
 * the blocks' own timestamps show it, between 250 ms and 7 s.
 */
final class PollPace {
  private static final long MIN_MILLIS = 250;
  private static final long MAX_MILLIS = 7000;

  private final Optional<Duration> fixed;
  private long millis;
  private long lastNumber = -1;
  private long lastSeconds;

  private PollPace(Optional<Duration> fixed, long millis) {
    this.fixed = fixed;
    this.millis = millis;
  }

  static PollPace fixed(Duration interval) {
    return new PollPace(Optional.of(interval), MAX_MILLIS);
  }

  /**
   * @param local whether the node is on this machine
   */
  static PollPace adapting(boolean local) {
    return new PollPace(Optional.empty(), local ? MIN_MILLIS : MAX_MILLIS);
  }

  void head(long number, long timestampSeconds) {
    if (lastNumber >= 0 && number > lastNumber && timestampSeconds >= lastSeconds) {
      long between = (timestampSeconds - lastSeconds) * 1000 / (number - lastNumber);
      millis = Math.clamp((millis + between / 3) / 2, MIN_MILLIS, MAX_MILLIS);
    }
    lastNumber = number;
    lastSeconds = timestampSeconds;
  }

  Duration pause() {
    return fixed.orElseGet(() -> Duration.ofMillis(millis));
  }
}
