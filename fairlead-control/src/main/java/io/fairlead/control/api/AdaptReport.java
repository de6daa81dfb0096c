package io.fairlead.control.api;

import io.fairlead.core.config.Problem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a reload of the file as it stands would meet.
 *
 * @param generation the running one
 * @param hash of what was read; empty when it is invalid
 * @param problems warnings of a valid file; errors and warnings of an invalid one
 * @param disruptive whether live connections would be cut
 * @param affected live work touched, by kind
 */
public record AdaptReport(
    boolean valid,
    long generation,
    String hash,
    List<Problem> problems,
    List<Change> diff,
    boolean disruptive,
    Map<String, Long> affected) {
  public AdaptReport {
    problems = List.copyOf(problems);
    diff = List.copyOf(diff);
    affected = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(affected));
  }

  /** Of a text that cannot be read at all. */
  public static AdaptReport refused(long generation, List<Problem> problems) {
    return new AdaptReport(false, generation, "", problems, List.of(), false, Map.of());
  }

  /** The same with other problems. */
  public AdaptReport with(List<Problem> others) {
    return new AdaptReport(valid, generation, hash, others, diff, disruptive, affected);
  }
}
