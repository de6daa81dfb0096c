package io.fairlead.app.reload;

import io.fairlead.core.config.ConfigDiff;
import io.fairlead.core.config.Problem;
import java.time.Duration;
import java.util.List;

/** What became of a wish to change the configuration. */
public sealed interface ReloadOutcome {
  /** The generation that runs after it. */
  long generation();

  /**
   * It is the running configuration now, or would be ({@code dryRun}).
   *
   * @param changes what differs from the one before; empty when nothing did
   */
  record Applied(
      long generation,
      long previous,
      String hash,
      List<ConfigDiff.Change> changes,
      List<Problem> warnings,
      Duration took,
      boolean dryRun)
      implements ReloadOutcome {
    /** Whether it was the running one already. */
    public boolean unchanged() {
      return generation == previous && !dryRun;
    }
  }

  /** It is wrong; nothing was changed. */
  record Invalid(long generation, List<Problem> problems) implements ReloadOutcome {}

  /** It is well formed but could not be made ready; everything was undone. */
  record PrepareFailed(long generation, List<Problem> problems) implements ReloadOutcome {}

  /** Another change is being made right now. */
  record Busy(long generation) implements ReloadOutcome {}
}
