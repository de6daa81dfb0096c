package io.fairlead.registry.target;

/** Whether the process obeys. */
public sealed interface Verified {
  Verified GOOD = new Good();

  /** It does, or nobody asks. */
  record Good() implements Verified {}

  /** It does not: the last good list comes back. */
  record Bad(String reason) implements Verified {}
}
