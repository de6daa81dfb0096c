package io.fairlead.core.audit;

import java.util.Map;

/**
 * Where decisions are recorded that someone may have to account for: who changed what, which entry
 * lost its right and why. Implementations are thread-safe.
 */
public interface AuditTrail {
  /**
   * Appends one line; it is durable when this returns. May block for a disk write: never called on
   * an event loop. A failure to write is counted and logged, never thrown.
   *
   * @param kind dotted lower-case name of what happened, e.g. {@code config.reload}
   * @param fields snake_case names to text, numbers, booleans, instants, durations, lists or maps
   *     of these, in the order they are to be written; no secrets
   */
  void record(String kind, Map<String, ?> fields);

  /** A trail that keeps nothing, for programs that embed one part alone. */
  static AuditTrail none() {
    return (kind, fields) -> {};
  }
}
