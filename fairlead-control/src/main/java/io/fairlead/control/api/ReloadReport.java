package io.fairlead.control.api;

import io.fairlead.core.config.Problem;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A reload that went well.
 *
 * @param generation running now; equal to {@code previous} when nothing changed
 * @param hash SHA-256 of the effective configuration, hex
 * @param disruptive whether any live connection was cut
 * @param dryRun prepared and undone
 * @param confirmBy when it is undone again, unless somebody confirms before
 * @param warnings problems of severity warning
 */
public record ReloadReport(
    long generation,
    long previous,
    String hash,
    Who who,
    boolean unchanged,
    boolean disruptive,
    boolean dryRun,
    Duration took,
    List<Change> changed,
    Kept kept,
    Draining draining,
    Optional<Instant> confirmBy,
    List<Problem> warnings) {
  /** What went on untouched. */
  public record Kept(long listeners, long connections, long streams) {}

  /** What is coming to its end. */
  public record Draining(long connections, long streams, Optional<Instant> deadline) {
    public static final Draining NOTHING = new Draining(0, 0, Optional.empty());
  }

  public ReloadReport {
    changed = List.copyOf(changed);
    warnings = List.copyOf(warnings);
  }
}
