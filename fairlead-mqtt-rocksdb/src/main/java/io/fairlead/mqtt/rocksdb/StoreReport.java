package io.fairlead.mqtt.rocksdb;

import java.util.List;
import java.util.Map;

/**
 * What a store holds, and what is wrong with it.
 *
 * @param kept rows that are sound, by part, in the order of parts
 * @param lost rows that were read and are of no use, by part: garbled, or of a session or message
 *     that is not there; what could not even be read is not counted and named in {@code problems}
 * @param problems in words for the operator; empty: the store is sound
 */
public record StoreReport(Map<String, Long> kept, Map<String, Long> lost, List<String> problems) {
  public StoreReport {
    problems = List.copyOf(problems);
  }

  /** Whether all that was ever promised is there. */
  public boolean sound() {
    return problems.isEmpty();
  }
}
