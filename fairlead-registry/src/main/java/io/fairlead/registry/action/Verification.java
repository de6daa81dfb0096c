package io.fairlead.registry.action;

import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import io.fairlead.registry.action.VerifyConfig.Timing;
import java.time.Duration;
import java.util.Optional;

/**
 * Looks whether a process does well with its new file.
 *
 * <pre>
 * delay → look every … until two in a row are good, within … → watch: any bad look is a failure
 * </pre>
 *
 * Blocking; one thread at a time.
 */
public final class Verification {
  private static final int GOOD_IN_A_ROW = 2;

  private final Check check;
  private final Timing timing;
  private final Clock clock;
  private final Pause pause;

  Verification(Check check, Timing timing, Clock clock, Pause pause) {
    this.check = check;
    this.timing = timing;
    this.clock = clock;
    this.pause = pause;
  }

  /** One look. */
  @FunctionalInterface
  interface Check {
    /** Empty when all is well, else what is wrong. */
    Optional<String> complaint(Occasion occasion, String digest, Duration timeout)
        throws InterruptedException;
  }

  /**
   * Looks until it is known.
   *
   * @param digest SHA-256 of the file that should be in use, hex
   * @return empty when all is well, else the last complaint
   */
  public Optional<String> run(Occasion occasion, String digest) throws InterruptedException {
    long end = clock.nanos() + timing.delay().plus(timing.within()).toNanos();
    pause.sleep(timing.delay());
    int good = 0;
    String complaint = "no look was made in time";
    while (good < GOOD_IN_A_ROW) {
      Optional<String> seen = check.complaint(occasion, digest, left(end));
      good = seen.isEmpty() ? good + 1 : 0;
      complaint = seen.orElse(complaint);
      if (good >= GOOD_IN_A_ROW) break;
      if (clock.nanos() - end >= 0) return Optional.of(complaint);
      pause.sleep(timing.every());
    }
    long watchEnd = clock.nanos() + timing.watch().toNanos();
    while (clock.nanos() - watchEnd < 0) {
      pause.sleep(timing.every());
      Optional<String> seen = check.complaint(occasion, digest, timing.within());
      if (seen.isPresent()) return seen;
    }
    return Optional.empty();
  }

  private Duration left(long end) {
    Duration left = Duration.ofNanos(end - clock.nanos());
    return left.compareTo(timing.every()) < 0 ? timing.every() : left;
  }
}
