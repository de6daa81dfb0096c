package io.fairlead.net.listen;

import io.fairlead.core.unit.Limit;
import java.time.Duration;

/**
 * Bounds of all listeners together.
 *
 * @param connections open at a time; accepting pauses there, or earlier at 80 % of the descriptors
 *     minus 256
 * @param connectionsPerIp open at a time from one source; more are closed after the accept
 * @param newConnectionsPerIp a second from one source, on average
 * @param newConnectionsBurst at once from one source
 * @param tlsHandshakes under way at a time; more are closed
 * @param tlsHandshakeTimeout of each
 */
public record ProcessLimits(
    Limit connections,
    Limit connectionsPerIp,
    Limit newConnectionsPerIp,
    int newConnectionsBurst,
    Limit tlsHandshakes,
    Duration tlsHandshakeTimeout) {
  private static final int HANDSHAKES_PER_CORE = 200;
  private static final int HANDSHAKES_MAX = 1_000;

  /** What this machine can begin at a time: 200 for each core, at most 1 000. */
  public static final Limit HANDSHAKES_OF_THIS_MACHINE =
      Limit.atMost(
          Math.min(
              HANDSHAKES_MAX, HANDSHAKES_PER_CORE * Runtime.getRuntime().availableProcessors()));

  public static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(10);

  public static final ProcessLimits DEFAULTS =
      new ProcessLimits(Limit.atMost(10_000), Limit.atMost(256), Limit.atMost(100), 200);

  /** With the defaults of TLS. */
  public ProcessLimits(
      Limit connections,
      Limit connectionsPerIp,
      Limit newConnectionsPerIp,
      int newConnectionsBurst) {
    this(
        connections,
        connectionsPerIp,
        newConnectionsPerIp,
        newConnectionsBurst,
        HANDSHAKES_OF_THIS_MACHINE,
        HANDSHAKE_TIMEOUT);
  }

  public ProcessLimits {
    if (newConnectionsBurst < 1) {
      throw new IllegalArgumentException("burst: " + newConnectionsBurst + " (expected: >= 1)");
    }
  }
}
