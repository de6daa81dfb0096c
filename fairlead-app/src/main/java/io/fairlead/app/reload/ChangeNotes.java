package io.fairlead.app.reload;

import io.fairlead.control.api.Change;
import io.fairlead.control.api.ReloadReport;
import io.fairlead.control.api.ReloadRequest;
import io.fairlead.control.api.ReloadResult;
import io.fairlead.control.api.Who;
import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.config.Problem;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.micrometer.core.instrument.Counter;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of changes: log, event bus, audit trail, counters. Called by the configuration controller,
 * one change at a time.
 */
public final class ChangeNotes {
  private static final Logger log = LoggerFactory.getLogger(ChangeNotes.class);
  private static final int AUDITED_CHANGES_MAX = 100;

  private final EventBus events;
  private final AuditTrail audit;
  private final Clock clock;
  private final Counter applied;
  private final Counter rejected;
  private final Counter undoneUnconfirmed;
  private final Counter undoneByGuard;

  public ChangeNotes(EventBus events, AuditTrail audit, Meters meters, Clock clock) {
    this.events = events;
    this.audit = audit;
    this.clock = clock;
    String help = "Changes of the configuration.";
    applied = meters.counter("config.reloads", help, "result", "applied");
    rejected = meters.counter("config.reloads", help, "result", "rejected");
    String undone = "Changes the gateway undid by itself.";
    undoneUnconfirmed = meters.counter("config.rollbacks", undone, "reason", "unconfirmed");
    undoneByGuard = meters.counter("config.rollbacks", undone, "reason", "guard");
  }

  void result(ReloadRequest request, ReloadResult result) {
    switch (result) {
      case ReloadResult.Applied(ReloadReport report) -> {
        if (!report.unchanged()) applied(request, report);
      }
      case ReloadResult.Invalid(long generation, List<Problem> problems) ->
          refused(request, "invalid", generation, problems);
      case ReloadResult.PrepareFailed(long generation, List<Problem> problems) ->
          refused(request, "prepare_failed", generation, problems);
      case ReloadResult.Busy _, ReloadResult.Stale _, ReloadResult.NoSuchGeneration _ -> {}
    }
  }

  private void applied(ReloadRequest request, ReloadReport report) {
    Who who = request.who();
    applied.increment();
    log.atInfo()
        .addKeyValue("generation", report.generation())
        .addKeyValue("origin", who.kind())
        .addKeyValue("who", who.name())
        .addKeyValue("changes", report.changed().size())
        .addKeyValue("took_ms", report.took().toMillis())
        .log("configuration applied");
    events.publish(
        new GatewayEvent.ConfigApplied(
            clock.wall(), report.generation(), who.kind(), report.took()));
    report
        .confirmBy()
        .ifPresent(
            deadline ->
                events.publish(
                    new GatewayEvent.ConfigUnconfirmed(
                        clock.wall(), report.generation(), deadline)));
    Map<String, Object> fields = fields(who, "applied", report.generation());
    fields.put("previous", report.previous());
    if (!request.comment().isEmpty()) fields.put("comment", request.comment());
    fields.put("changes", report.changed().size());
    fields.put(
        "diff",
        report.changed().stream().limit(AUDITED_CHANGES_MAX).map(ChangeNotes::line).toList());
    audit.record("config.change", fields);
  }

  private void refused(
      ReloadRequest request, String result, long generation, List<Problem> problems) {
    Who who = request.who();
    rejected.increment();
    Problem first =
        problems.stream()
            .filter(problem -> problem.severity() == Problem.Severity.ERROR)
            .findFirst()
            .orElseGet(problems::getFirst);
    log.atWarn()
        .addKeyValue("generation", generation)
        .addKeyValue("origin", who.kind())
        .addKeyValue("problems", problems.size())
        .addKeyValue(
            "first", first.code() + " line " + first.place().line() + ": " + first.message())
        .log("configuration refused, running one unchanged");
    events.publish(
        new GatewayEvent.ConfigRejected(clock.wall(), generation, who.kind(), problems.size()));
    Map<String, Object> fields = fields(who, result, generation);
    fields.put("first", first.code() + " " + first.path());
    audit.record("config.change", fields);
  }

  void confirmed(long generation, Who who) {
    log.atInfo()
        .addKeyValue("generation", generation)
        .addKeyValue("who", who.name())
        .log("configuration confirmed");
    events.publish(new GatewayEvent.ConfigConfirmed(clock.wall(), generation, who.name()));
    audit.record("config.confirm", fields(who, "confirmed", generation));
  }

  void rolledBack(long generation, long undone, Probation.Reason reason) {
    (reason == Probation.Reason.GUARD ? undoneByGuard : undoneUnconfirmed).increment();
    log.atWarn()
        .addKeyValue("generation", generation)
        .addKeyValue("undone", undone)
        .addKeyValue("reason", reason.word())
        .log("configuration rolled back");
    events.publish(
        new GatewayEvent.ConfigRolledBack(clock.wall(), generation, undone, reason.word()));
  }

  void rollbackFailed(long undone, Probation.Reason reason) {
    log.atError()
        .addKeyValue("generation", undone)
        .addKeyValue("reason", reason.word())
        .log("configuration could not be rolled back and stays");
  }

  /** What runs could not be written down; the next start will not know of it. */
  void unrecorded(IOException failure) {
    log.atWarn().addKeyValue("why", failure).log("configuration could not be recorded");
  }

  private static Map<String, Object> fields(Who who, String result, long generation) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("who", who.kind() + ":" + who.name());
    if (!who.peer().isEmpty()) fields.put("peer", who.peer());
    fields.put("result", result);
    fields.put("generation", generation);
    return fields;
  }

  private static String line(Change change) {
    return change.op().name().toLowerCase(Locale.ROOT) + " " + change.path();
  }
}
