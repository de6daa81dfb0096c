package io.fairlead.control.api;

import java.time.Duration;
import java.util.Optional;

/**
 * A wish to change the running configuration.
 *
 * @param dryRun stop after preparing, and undo it
 * @param allowDisruptive go on although a listener must be closed before its successor can be bound
 * @param confirmWithin go back by itself when nobody confirms in that time
 * @param ifMatch the entity tag that must be the running one, without quotes
 * @param comment free text for the record, possibly empty
 */
public record ReloadRequest(
    Wish wish,
    boolean dryRun,
    boolean allowDisruptive,
    Optional<Duration> confirmWithin,
    Optional<String> ifMatch,
    Who who,
    String comment) {
  /** The files as they are now, applied by someone who cannot be asked back. */
  public static ReloadRequest again(Who who) {
    return new ReloadRequest(
        new Wish.Again(), false, true, Optional.empty(), Optional.empty(), who, "");
  }
}
