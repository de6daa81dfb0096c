package io.fairlead.registry.reconcile;

import io.fairlead.registry.plan.Plan;
import io.fairlead.registry.plan.Rails;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Steps from one {@link TargetStatus} to the next. */
final class Statuses {
  private Statuses() {}

  static TargetStatus entered(
      TargetStatus was, TargetState next, String why, int exit, Instant now) {
    boolean shows = next == TargetState.HOLD || next == TargetState.DRIFT;
    return new TargetStatus(
        was.name(),
        was.kind(),
        was.policy(),
        next,
        was.state() == next ? was.since() : now,
        why,
        was.source(),
        was.position(),
        was.lines(),
        shows ? was.open() : Optional.empty(),
        next == TargetState.HOLD ? was.rail() : Optional.empty(),
        was.reloadPending(),
        next == TargetState.IN_SYNC ? Optional.of(now) : was.lastSuccess(),
        was.unknown(),
        was.warnings(),
        exit);
  }

  static TargetStatus open(TargetStatus was, Plan plan, Optional<Rails.Rail> rail) {
    return new TargetStatus(
        was.name(),
        was.kind(),
        was.policy(),
        was.state(),
        was.since(),
        was.why(),
        was.source(),
        was.position(),
        was.lines(),
        plan.empty() ? Optional.empty() : Optional.of(plan),
        rail,
        was.reloadPending(),
        was.lastSuccess(),
        was.unknown(),
        was.warnings(),
        was.exit());
  }

  static TargetStatus described(TargetStatus was, Plan plan, List<String> warnings, int lines) {
    return new TargetStatus(
        was.name(),
        was.kind(),
        was.policy(),
        was.state(),
        was.since(),
        was.why(),
        plan.source(),
        plan.position(),
        lines,
        was.open(),
        was.rail(),
        was.reloadPending(),
        was.lastSuccess(),
        plan.unknown(),
        warnings,
        was.exit());
  }

  static TargetStatus lines(TargetStatus was, int lines) {
    return new TargetStatus(
        was.name(),
        was.kind(),
        was.policy(),
        was.state(),
        was.since(),
        was.why(),
        was.source(),
        was.position(),
        lines,
        was.open(),
        was.rail(),
        was.reloadPending(),
        was.lastSuccess(),
        was.unknown(),
        was.warnings(),
        was.exit());
  }

  static TargetStatus pending(TargetStatus was, boolean pending) {
    return new TargetStatus(
        was.name(),
        was.kind(),
        was.policy(),
        was.state(),
        was.since(),
        was.why(),
        was.source(),
        was.position(),
        was.lines(),
        was.open(),
        was.rail(),
        pending,
        was.lastSuccess(),
        was.unknown(),
        was.warnings(),
        was.exit());
  }

  static TargetStatus exit(TargetStatus was, int exit) {
    return new TargetStatus(
        was.name(),
        was.kind(),
        was.policy(),
        was.state(),
        was.since(),
        was.why(),
        was.source(),
        was.position(),
        was.lines(),
        was.open(),
        was.rail(),
        was.reloadPending(),
        was.lastSuccess(),
        was.unknown(),
        was.warnings(),
        exit);
  }
}
