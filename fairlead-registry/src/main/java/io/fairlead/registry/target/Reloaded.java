package io.fairlead.registry.target;

/** What came of telling the process. */
public sealed interface Reloaded {
  Reloaded DONE = new Done("");

  /**
   * It was told.
   *
   * @param note what the operator should know, or empty
   */
  record Done(String note) implements Reloaded {}

  /** It refuses the list: the last good one comes back. */
  record Refused(String reason) implements Reloaded {}

  /** It could not be told; tried again each minute. */
  record Failed(String reason) implements Reloaded {}
}
