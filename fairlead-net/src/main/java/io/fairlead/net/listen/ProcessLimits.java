package io.fairlead.net.listen;

import io.fairlead.core.unit.Limit;

/**
 * Bounds of all listeners together.
 *
 * @param connections open at a time; accepting pauses there, or earlier at 80 % of the descriptors
 *     minus 256
 * @param connectionsPerIp open at a time from one source; more are closed after the accept
 * @param newConnectionsPerIp a second from one source, on average
 * @param newConnectionsBurst at once from one source
 */
public record ProcessLimits(
    Limit connections, Limit connectionsPerIp, Limit newConnectionsPerIp, int newConnectionsBurst) {
  public static final ProcessLimits DEFAULTS =
      new ProcessLimits(Limit.atMost(10_000), Limit.atMost(256), Limit.atMost(100), 200);

  public ProcessLimits {
    if (newConnectionsBurst < 1) {
      throw new IllegalArgumentException("burst: " + newConnectionsBurst + " (expected: >= 1)");
    }
  }
}
