package io.fairlead.control.api;

import java.time.Duration;

/** What became of an upgrade. */
public sealed interface UpgradeResult {
  /** Number of the configuration that serves now, in whichever process. */
  long generation();

  /**
   * The new process serves; this one drains.
   *
   * @param sockets passed
   * @param took from the start of the new process
   * @param passing the part of it from the first word of the new process
   */
  record HandedOver(long pid, long generation, int sockets, Duration took, Duration passing)
      implements UpgradeResult {}

  /** It was tried; this process goes on. */
  record Failed(long generation, String reason) implements UpgradeResult {}

  /** An upgrade or a reload is under way, or this process was replaced already. */
  record Busy(long generation, String reason) implements UpgradeResult {}

  /** This gateway cannot be upgraded as it was started. */
  record Impossible(long generation, String reason, String hint) implements UpgradeResult {}

  /** The binary may not be started on this caller's word. */
  record NotAllowed(long generation, String reason, String hint) implements UpgradeResult {}
}
