package io.fairlead.app.reload;

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
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of changes: log, event bus, audit trail, counters. Called by the configuration controller,
 * one change at a time.
 */
public final class ChangeNotes {
  private static final Logger log = LoggerFactory.getLogger(ChangeNotes.class);

  private final EventBus events;
  private final AuditTrail audit;
  private final Clock clock;
  private final Counter applied;
  private final Counter rejected;
  private final Counter undoneUnconfirmed;
  private final Counter undoneByGuard;
  private volatile ChangeWitness witness = ChangeWitness.NONE;

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

  /** From now on {@code next} is told instead of who was before. */
  public void witness(ChangeWitness next) {
    witness = next;
  }

  /** A change begins; {@link #ended} follows, whatever becomes of it. */
  void begun(ReloadRequest request) {
    if (!request.dryRun()) witness.changeBegins();
  }

  void ended(ReloadRequest request) {
    if (!request.dryRun()) witness.changeEnds();
  }

  void result(ReloadRequest request, ReloadResult result) {
    audit.record("config.reload", ChangeAccount.of(request, result));
    switch (result) {
      case ReloadResult.Applied(ReloadReport report) -> {
        if (!report.unchanged()) applied(request, report);
      }
      case ReloadResult.Invalid(long generation, List<Problem> problems) ->
          refused(request, generation, problems);
      case ReloadResult.PrepareFailed(long generation, List<Problem> problems) ->
          refused(request, generation, problems);
      case ReloadResult.Busy _, ReloadResult.Stale _, ReloadResult.NoSuchGeneration _ -> {}
    }
  }

  /** A dry run changed nothing: only the audit trail hears of it. */
  void rehearsed(ReloadRequest request, ReloadResult result) {
    audit.record("config.reload", ChangeAccount.of(request, result));
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
  }

  private void refused(ReloadRequest request, long generation, List<Problem> problems) {
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
  }

  void confirmed(long generation, Who who) {
    log.atInfo()
        .addKeyValue("generation", generation)
        .addKeyValue("who", who.name())
        .log("configuration confirmed");
    events.publish(new GatewayEvent.ConfigConfirmed(clock.wall(), generation, who.name()));
    Map<String, Object> line = ChangeAccount.by(who);
    line.put("generation", generation);
    audit.record("config.confirm", line);
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
}
