package io.fairlead.registry.action;

/** What came of one action. */
public sealed interface ActionResult {
  /**
   * It worked.
   *
   * @param note what the operator should know, or empty
   */
  record Done(String note) implements ActionResult {}

  /** It did not; the same may work later. */
  record Failed(String reason) implements ActionResult {}

  /** It must not be done: the wrong process, a forbidden id. Trying at once again is useless. */
  record Refused(String reason) implements ActionResult {}
}
