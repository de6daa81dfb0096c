package io.fairlead.control.api;

import io.fairlead.core.config.Problem;
import java.util.List;

/** What became of a reload. */
public sealed interface ReloadResult {
  /** It runs, or would run (dry run), or already ran ({@link ReloadReport#unchanged}). */
  record Applied(ReloadReport report) implements ReloadResult {}

  /** Another change is under way; nothing was done. */
  record Busy(long generation) implements ReloadResult {}

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
