package io.fairlead.net.rate;

import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.ByteSize;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One pace for each name, shared by all its streams. Holds names that have a stream; another rate
 * holds for those at once. Any thread.
 */
public final class SharedPaces {
  private record Shared(Pace.Shared pace, int users) {}

  private final Clock clock;
  private final Map<String, Shared> byName = new ConcurrentHashMap<>();

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
    Pace.Shared pace =
        byName
            .compute(
                name.get(),
                (_, there) ->
                    there == null
                        ? new Shared(Pace.shared(clock), 1)
                        : new Shared(there.pace(), there.users() + 1))
            .pace();
    pace.rate(OptionalLong.of(rate.get().bytes()));
    return pace;
  }

  /** The stream that took this pace is over. */
  public void leave(Optional<String> name, Pace taken) {
    if (taken == Pace.NONE || name.isEmpty()) return;
    byName.computeIfPresent(
        name.get(),
        (_, there) -> there.users() == 1 ? null : new Shared(there.pace(), there.users() - 1));
  }

  /** Another rate for all names that are held. */
  public void rate(Optional<ByteSize> rate) {
    OptionalLong bytes = rate.map(r -> OptionalLong.of(r.bytes())).orElse(OptionalLong.empty());
    byName.values().forEach(shared -> shared.pace().rate(bytes));
  }

  /** Names held; for tests of the bookkeeping. */
  int names() {
    return byName.size();
  }
}
