package io.fairlead.core.audit;

import java.util.List;
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

  /**
   * Appends a line of one kind for each of {@code lines}, in their order; all are durable when this
   * returns, which costs one disk write and not many.
   */
  default void recordAll(String kind, List<? extends Map<String, ?>> lines) {
    lines.forEach(fields -> record(kind, fields));
  }

  /** A trail that keeps nothing, for programs that embed one part alone. */
  static AuditTrail none() {
    return (kind, fields) -> {};
  }
}
