package io.fairlead.net.rate;

import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.ByteSize;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One pace for each name, shared by all its streams. Holds names that have a stream; another rate
 * holds for those at once. Any thread.
 */
public final class SharedPaces {
  private final Clock clock;
  private final HeldByName<Pace.Shared> byName = new HeldByName<>();

  public SharedPaces(Clock clock) {
    this.clock = clock;
  }

  /**
   * Until {@link #leave}, where there is a rate.
   *
   * @param name empty for a stream that shares with nobody
   * @param rate bytes per second in each direction; empty: as many as come
   */
  public Pace take(Optional<String> name, Optional<ByteSize> rate) {
    if (rate.isEmpty() || name.isEmpty()) return Pace.of(rate, clock);
    Pace.Shared pace = byName.hold(name.get(), () -> Pace.shared(clock));
    pace.rate(OptionalLong.of(rate.get().bytes()));
    return pace;
  }

  /** The stream that took this pace is over. */
  public void leave(Optional<String> name, Pace taken) {
    if (taken == Pace.NONE || name.isEmpty()) return;
    byName.leave(name.get());
  }

  /** Another rate for all names that are held. */
  public void rate(Optional<ByteSize> rate) {
    OptionalLong bytes = rate.map(r -> OptionalLong.of(r.bytes())).orElse(OptionalLong.empty());
    byName.forEach(pace -> pace.rate(bytes));
  }

  /** Names held; for tests of the bookkeeping. */
  int names() {
    return byName.size();
  }
}
