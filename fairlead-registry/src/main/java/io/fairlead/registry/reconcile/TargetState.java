package io.fairlead.registry.reconcile;

import java.util.Locale;

/**
 * How a target stands to its list.
 *
 * <pre>
 * INIT → SYNCING → IN_SYNC | DRIFT | HOLD | STALE | APPLYING → VERIFYING → IN_SYNC | ROLLED_BACK | FAILED
 * </pre>
 */
public enum TargetState {
  /** Nothing was read yet. */
  INIT,
  SYNCING,
  IN_SYNC,
  /** It differs, and its policy is to tell. */
  DRIFT,
  /** A rail holds the plan. */
  HOLD,
  /** The list cannot be read; the last good one stays. */
  STALE,
  APPLYING,
  VERIFYING,
  /** A list did not work; the one before is back. */
  ROLLED_BACK,
  FAILED;

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
