package io.fairlead.registry.reconcile;

import io.fairlead.registry.model.Snapshot;
import io.fairlead.registry.plan.Aliases;
import io.fairlead.registry.source.SourceRules;
import io.fairlead.registry.target.Actual;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The lists of one target at this moment.
 *
 * @param snapshots the last good ones; empty when there is none
 * @param guarded names of sources whose names may only resolve to public addresses
 * @param trouble why they are not fresh
 */
public record Lists(List<Snapshot> snapshots, Set<String> guarded, Optional<Trouble> trouble) {
  /**
   * A source that cannot be read.
   *
   * @param then what its patience says now
   */
  public record Trouble(String why, Instant since, SourceRules.Then then) {}

  /** Gives the lists of one target. */
  public interface Supply {
    /**
     * Cheap where nothing is new; waits for nothing but the disk.
     *
     * @throws IOException what must be remembered of the lists cannot be written: they may not be
     *     used
     */
    Lists now() throws IOException;

    /** Where the names in the target's own lines lead; may wait for an answer, not for long. */
    default Aliases aliases(Actual actual) throws InterruptedException {
      return Aliases.NONE;
    }
  }

  public Lists {
    snapshots = List.copyOf(snapshots);
    guarded = Set.copyOf(guarded);
  }

  /** One list, just read. */
  public static Lists of(Snapshot snapshot) {
    return new Lists(List.of(snapshot), Set.of(), Optional.empty());
  }

  /** Nothing could be read, and nothing is remembered. */
  public static Lists unread(String why, Instant since) {
    return new Lists(
        List.of(), Set.of(), Optional.of(new Trouble(why, since, SourceRules.Then.KEEP)));
  }
}
