package io.fairlead.app.reload;

import io.fairlead.control.api.Change;
import io.fairlead.control.api.ReloadReport;
import io.fairlead.control.api.ReloadRequest;
import io.fairlead.control.api.ReloadResult;
import io.fairlead.control.api.Who;
import io.fairlead.core.config.Problem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the audit file says about changes of the configuration: who, what, with which result. */
final class ChangeAccount {
  /** A change of more places is told by its first ones and their number. */
  private static final int CHANGES_MAX = 100;

  private ChangeAccount() {}

  static Map<String, Object> of(ReloadRequest request, ReloadResult result) {
    Map<String, Object> line = by(request.who());
    if (request.dryRun()) line.put("dry_run", true);
    if (!request.comment().isEmpty()) line.put("comment", request.comment());
    switch (result) {
      case ReloadResult.Applied(ReloadReport report) -> applied(report, line);
      case ReloadResult.Busy(long generation) -> refused("busy", generation, List.of(), line);
      case ReloadResult.Stale(long generation, _) ->
          refused("changed_meanwhile", generation, List.of(), line);
      case ReloadResult.NoSuchGeneration(long generation, _) ->
          refused("no_such_generation", generation, List.of(), line);
      case ReloadResult.Invalid(long generation, var problems) ->
          refused("invalid", generation, problems, line);
      case ReloadResult.PrepareFailed(long generation, var problems) ->
          refused("prepare_failed", generation, problems, line);
    }
    return line;
  }

  static Map<String, Object> by(Who who) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("who", who.name());
    line.put("by", who.kind());
    if (!who.peer().isEmpty()) line.put("from", who.peer());
    return line;
  }

  private static void applied(ReloadReport report, Map<String, Object> line) {
    line.put("result", report.unchanged() ? "unchanged" : report.dryRun() ? "valid" : "applied");
    line.put("generation", report.generation());
    line.put("hash", report.hash());
    line.put("changes", report.changed().size());
    line.put(
        "changed", report.changed().stream().limit(CHANGES_MAX).map(ChangeAccount::text).toList());
  }

  private static String text(Change change) {
    return change.op().name().toLowerCase(Locale.ROOT) + " " + change.path();
  }

  private static void refused(
      String result, long generation, List<Problem> problems, Map<String, Object> line) {
    line.put("result", result);
    line.put("generation", generation);
    line.put("problems", problems.size());
  }
}
