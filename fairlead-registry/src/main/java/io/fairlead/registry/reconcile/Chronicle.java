package io.fairlead.registry.reconcile;

import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.time.Clock;
import io.fairlead.registry.model.Origin;
import io.fairlead.registry.plan.Change;
import io.fairlead.registry.plan.Plan;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells what happened: one audit line for each change, events for onlookers, meters, and the last
 * {@value #KEPT_MAX} lines for whoever asks. Thread-safe; writes to disk, so never on an event
 * loop.
 */
public final class Chronicle {
  private static final Logger log = LoggerFactory.getLogger(Chronicle.class);
  private static final int KEPT_MAX = 1_000;

  private final AuditTrail audit;
  private final EventBus events;
  private final RegistryMeters meters;
  private final Clock clock;
  private final ArrayDeque<Map<String, Object>> kept = new ArrayDeque<>(); // guarded by itself
  private final JointLines joint;

  public Chronicle(AuditTrail audit, EventBus events, RegistryMeters meters, Clock clock) {
    this.audit = audit;
    this.events = events;
    this.meters = meters;
    this.clock = clock;
    this.joint = new JointLines(clock, this::record);
  }

  /** Which target follows which sources: those of one source tell together what left it. */
  public void follow(Map<String, Set<String>> sourcesByTarget) {
    joint.follow(sourcesByTarget);
  }

  /** A target has done what it does about the lists of a position. */
  void looked(String target, String position) {
    joint.looked(target, position);
  }

  /** Tells what still waits for other targets. */
  public void flush() {
    joint.flush();
  }

  RegistryMeters meters() {
    return meters;
  }

  /** The last lines, oldest first. */
  public List<Map<String, Object>> lines() {
    synchronized (kept) {
      return new ArrayList<>(kept);
    }
  }

  /** A plan is in force. */
  void applied(Plan plan, Map<String, Map<String, Integer>> cut, String result) {
    List<Map<String, Object>> lines = new ArrayList<>();
    Map<Change, Map<String, Object>> left = new LinkedHashMap<>();
    String id = plan.id(); // a digest over the whole list: once, not for each line
    for (Change change : plan.changes()) {
      String op = change.reason() == Change.Reason.REVOKED ? "revoke" : change.op().word();
      Map<String, Object> line = line(plan.target(), op, result);
      line.put("source", plan.source());
      change.entry().ifPresent(entry -> line.put("id", entry.id()));
      line.put("endpoint", change.text());
      line.put("reason", change.reason().word());
      line.put("policy", plan.policy().word());
      line.put("plan_id", id);
      line.put("position", plan.position());
      if (change.origin().isPresent()) origin(line, change.origin().get());
      else plan.tx().ifPresent(tx -> line.put("tx", tx));
      if (change.removes()) {
        Map<String, Integer> ended = new LinkedHashMap<>();
        for (String key : change.keys()) {
          cut.getOrDefault(key, Map.of()).forEach((kind, n) -> ended.merge(kind, n, Integer::sum));
        }
        line.put("cut", ended);
      }
      if (change.removes()) left.put(change, line);
      else lines.add(line);
      meters.changes(plan.target(), change.op().word(), change.reason().word()).increment();
    }
    propagation(plan);
    lines.addAll(0, joint.tell(plan, left));
    if (!lines.isEmpty()) record(lines);
    log.atInfo()
        .addKeyValue("target", plan.target())
        .addKeyValue("plan", id)
        .addKeyValue("changes", plan.changes().size())
        .addKeyValue("lines", plan.result().size())
        .addKeyValue("position", plan.position())
        .addKeyValue("result", result)
        .log("registry plan applied");
  }

  private static void origin(Map<String, Object> line, Origin origin) {
    line.put("block", origin.block());
    line.put("block_hash", origin.blockHash());
    line.put("revision", origin.revision());
    origin.tx().ifPresent(tx -> line.put("tx", tx));
    origin.logIndex().ifPresent(index -> line.put("log_index", index));
  }

  /** How long the changes of a plan took from their block to being in force. */
  private void propagation(Plan plan) {
    Instant now = clock.wall();
    plan.changes().stream()
        .flatMap(change -> change.origin().stream())
        .map(Origin::time)
        .max(Instant::compareTo)
        .map(time -> Duration.between(time, now))
        .filter(took -> !took.isNegative())
        .ifPresent(took -> meters.propagation(plan.target()).record(took));
  }

  /** Something about a plan as a whole: {@code hold}, {@code approve}, {@code rollback}… */
  void decided(String op, Plan plan, String actor, String why, String result) {
    Map<String, Object> line = line(plan.target(), op, result);
    line.put("source", plan.source());
    line.put("reason", why);
    line.put("policy", plan.policy().word());
    line.put("plan_id", plan.id());
    line.put("position", plan.position());
    line.put("actor", actor);
    record(List.of(line));
  }

  private Map<String, Object> line(String target, String op, String result) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("target", target);
    line.put("op", op);
    line.put("result", result);
    return line;
  }

  private void record(List<Map<String, Object>> lines) {
    audit.recordAll("registry.change", lines); // one disk write, however many lines
    String time = clock.wall().toString();
    for (Map<String, Object> line : lines) {
      events.publish(new GatewayEvent.RegistryChanged(clock.wall(), line));
      Map<String, Object> dated = new LinkedHashMap<>();
      dated.put("time", time);
      dated.putAll(line);
      synchronized (kept) {
        kept.add(dated);
        if (kept.size() > KEPT_MAX) kept.remove();
      }
    }
  }

  /** A target stands differently to its list. */
  void state(String target, TargetState before, TargetState now, String why, Optional<Plan> plan) {
    events.publish(
        new GatewayEvent.RegistryStateChanged(
            clock.wall(), target, now.word(), why, plan.map(Plan::id)));
    boolean bad =
        switch (now) {
          case HOLD, STALE, ROLLED_BACK, FAILED -> true;
          case INIT, SYNCING, IN_SYNC, DRIFT, APPLYING, VERIFYING -> false;
        };
    var line = bad ? log.atWarn() : log.atDebug();
    line.addKeyValue("target", target)
        .addKeyValue("state", now.word())
        .addKeyValue("before", before.word())
        .addKeyValue("why", why)
        .log("registry state changed");
  }
}
