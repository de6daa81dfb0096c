package io.fairlead.control.api;

/**
 * A wish to take over the configuration file anew.
 *
 * @param dryRun stop after preparing, and undo it
 * @param comment free text for the record, possibly empty
 */
public record ReloadRequest(boolean dryRun, Who who, String comment) {}
