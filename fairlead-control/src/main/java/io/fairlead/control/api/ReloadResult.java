package io.fairlead.control.api;

import io.fairlead.core.config.Problem;
import java.util.List;

/** What became of a reload. */
public sealed interface ReloadResult {
  /** The running generation when the answer was made. */
  long generation();

  /** It runs, or would run (dry run), or already ran ({@link ReloadReport#unchanged}). */
  record Applied(ReloadReport report) implements ReloadResult {
    @Override
    public long generation() {
      return report.generation();
    }
  }

  /** Another change is under way; nothing was done. */
  record Busy(long generation) implements ReloadResult {}

  /**
   * The running configuration is not the one the caller knows; nothing was done.
   *
   * @param tag the running one's entity tag, without quotes
   */
  record Stale(long generation, String tag) implements ReloadResult {}

  /** The history holds no such generation; nothing was done. */
  record NoSuchGeneration(long generation, String message) implements ReloadResult {}

  /** The text is wrong; nothing was opened. */
  record Invalid(long generation, List<Problem> problems) implements ReloadResult {
    public Invalid {
      problems = List.copyOf(problems);
    }
  }

  /** Something could not be opened; all was undone and the running configuration goes on. */
  record PrepareFailed(long generation, List<Problem> problems) implements ReloadResult {
    public PrepareFailed {
      problems = List.copyOf(problems);
    }
  }
}
