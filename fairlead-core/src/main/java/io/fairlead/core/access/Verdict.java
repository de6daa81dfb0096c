package io.fairlead.core.access;

/** What membership says about one action of one principal, now. */
public sealed interface Verdict {
  /** Go on. */
  record Allow() implements Verdict {}

  /** Current work may end in peace; nothing new starts. */
  record Drain() implements Verdict {}

  /**
   * No.
   *
   * @param reason stable snake_case word, e.g. {@code "not_a_member"}
   */
  record Deny(String reason) implements Verdict {}

  Verdict ALLOW = new Allow();
  Verdict DRAIN = new Drain();
}
