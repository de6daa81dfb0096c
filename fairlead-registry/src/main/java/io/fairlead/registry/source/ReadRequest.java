package io.fairlead.registry.source;

import io.fairlead.registry.model.Position;
import io.fairlead.registry.model.Snapshot;
import java.time.Duration;
import java.util.Optional;

/**
 * One wish to read.
 *
 * @param last the last list this process accepted, which the answer may be if nothing changed
 * @param lastPosition where that was, also of a former process
 * @param timeout of the whole read
 */
public record ReadRequest(
    Optional<Snapshot> last, Optional<Position> lastPosition, Duration timeout) {
  /** The first read ever. */
  public static ReadRequest first(Duration timeout) {
    return new ReadRequest(Optional.empty(), Optional.empty(), timeout);
  }
}
