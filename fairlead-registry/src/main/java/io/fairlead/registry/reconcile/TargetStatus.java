package io.fairlead.registry.reconcile;

import io.fairlead.registry.plan.Plan;
import io.fairlead.registry.plan.Rails;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What there is to say about a target; immutable.
 *
 * @param why in words, empty when all is well
 * @param lines of the list in force
 * @param open the plan that is held, or under {@code report} not applied
 * @param rail what holds it
 * @param unknown what the sources list and the target does not know
 * @param exit the exit code of a command that ran this one cycle
 */
public record TargetStatus(
    String name,
    String kind,
    String policy,
    TargetState state,
    Instant since,
    String why,
    String source,
    String position,
    int lines,
    Optional<Plan> open,
    Optional<Rails.Rail> rail,
    boolean reloadPending,
    Optional<Instant> lastSuccess,
    List<String> unknown,
    List<String> warnings,
    int exit) {
  public static final int EXIT_OK = 0;
  public static final int EXIT_DRIFT = 2;
  public static final int EXIT_HELD = 3;
  public static final int EXIT_STALE = 4;
  public static final int EXIT_ROLLED_BACK = 5;
  public static final int EXIT_UNKNOWN = 6;
  public static final int EXIT_UNEDITABLE = 73;
  public static final int EXIT_LOCKED = 75;
}
