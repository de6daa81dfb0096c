package io.fairlead.app.reload;

import io.fairlead.control.api.ReloadReport;
import io.fairlead.core.config.ConfigDiff;
import java.util.List;
import java.util.Map;

/** What the gateway is doing for people, as far as a change concerns it. Any thread. */
public interface LiveWork<C> {
  /** What goes on untouched. */
  ReloadReport.Kept kept();

  /** What is coming to its end. */
  ReloadReport.Draining draining();

  /** Live work on what the changes touch, by kind. */
  Map<String, Long> affected(List<ConfigDiff.Change> changes);

  /**
   * Paths of listeners that must be closed before the next configuration's can be bound; live
   * clients would notice.
   */
  List<String> rebinds(C next);

  /** Answers given since the start. */
  Answers answers();

  /**
   * @param total of all requests
   * @param failed with a 5xx status
   */
  record Answers(long total, long failed) {}
}
