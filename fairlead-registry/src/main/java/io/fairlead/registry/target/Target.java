package io.fairlead.registry.target;

import io.fairlead.registry.plan.Item;
import io.fairlead.registry.plan.Plan;
import java.util.List;
import java.util.Optional;

/**
 * Something local that follows a list. Called by one virtual thread at a time; may block, and is
 * interrupted when the gateway stops.
 *
 * <p>One plan runs {@link #apply}, {@link #reload}, {@link #verify}; the caller journals each step.
 * After a crash {@link #reload} and {@link #verify} of the same plan come again; so does a plan
 * back to an earlier list when verification fails.
 */
public interface Target extends AutoCloseable {
  /** Name in configuration, status and journal. */
  String name();

  /** Its kind, e.g. {@code proxy_users}. */
  String kind();

  /** The list as it is now. */
  Actual actual() throws TargetException;

  /**
   * Writes {@link Plan#result}; durable when it returns. Never called with an empty plan.
   *
   * @throws TargetException nothing was written; {@link TargetException.Reason#CONFLICT} when the
   *     list is no longer the one the plan starts from
   */
  Applied apply(Plan plan) throws TargetException, InterruptedException;

  /** Makes the process that uses the list obey it. Repeatable. */
  Reloaded reload(Plan plan) throws InterruptedException;

  /** Makes sure that it does. Repeatable. */
  Verified verify(Plan plan) throws InterruptedException;

  /**
   * Whether lines carry weight, group, standing and key. A target without attributes is not told of
   * changes of them, and loses what drains at once.
   */
  default boolean keepsAttributes() {
    return false;
  }

  /** Whether the list outlives this process; if not, it gets the last good one at start. */
  default boolean outlivesTheProcess() {
    return true;
  }

  /** Whether its lines are members by entry id instead of nodes by address. */
  default boolean membership() {
    return false;
  }

  /**
   * Whether the process says that it uses something else than what is written; asked while nothing
   * is to change.
   *
   * @return what it says instead; empty when it agrees, and when it does not say
   */
  default Optional<String> strays() throws InterruptedException {
    return Optional.empty();
  }

  /** Takes notice of the last good list while nothing is to change. */
  default void settled(List<Item> lastGood) {}

  @Override
  default void close() {}

  /**
   * Nobody follows any more: takes back what it put in force inside this process. What outlives the
   * process stays as it is. Called after the last of the other calls.
   */
  default void retire() {}
}
