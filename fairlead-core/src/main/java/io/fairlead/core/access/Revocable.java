package io.fairlead.core.access;

import java.util.Set;

/**
 * Cuts live work of entries that lost their right. Each feature keeps an index from entry to live
 * work, so the cost is that of the work cut.
 *
 * <p>Order of a revocation: the membership is swapped, then this is called, then whatever was being
 * set up meanwhile asks {@link Entitlements} again when it completes.
 */
public interface Revocable {
  /** What its work is called in audit lines, e.g. {@code proxy_flows}. */
  default String kind() {
    return "work";
  }

  /**
   * Ends all live work indexed under {@code entries}, as principal or as destination.
   *
   * @return how many pieces of work are being cut; the cut is asynchronous and complete within a
   *     second. Any thread.
   */
  int revoke(Set<EntryId> entries, Cause cause);
}
