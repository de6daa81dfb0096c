package io.fairlead.control.access;

import java.time.Duration;

/** What {@link AccessPolicy} says to a {@link Knock}. */
public sealed interface Decision {
  /**
   * Come in.
   *
   * @param who name for the audit line
   * @param proven whether the right hangs on the peer's uid, so that it must be proven again right
   *     before anything is done in its name
   */
  record Allowed(String who, Role role, boolean proven) implements Decision {}

  /** Allowed only if the other end of the connection belongs to us: ask, then decide again. */
  record AskPeer() implements Decision {}

  /** Too many failures from there; nothing was looked at. */
  record Throttled(Duration retryAfter, String message) implements Decision {}

  /**
   * Stay out.
   *
   * @param code stable, snake_case
   * @param hint how to get in, or empty
   */
  record Refused(int status, String code, String message, String hint) implements Decision {}
}
