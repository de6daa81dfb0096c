package io.fairlead.net.certs;

import io.fairlead.net.tls.CertifiedKey;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How one certificate stands.
 *
 * @param source {@code files}, {@code internal} or {@code acme}
 * @param hosts names it is configured for; empty where only the certificate tells
 * @param held what is served; empty while it is awaited
 * @param due when it is renewed next; empty when somebody else does that
 * @param lastError why the last attempt failed; empty after a good one
 */
public record CertReport(
    String id,
    String source,
    State state,
    List<String> hosts,
    Optional<CertifiedKey> held,
    Optional<Instant> due,
    Optional<String> lastError) {
  /**
   *
   *
   * <pre>
   * MISSING  --order-->    PENDING
   * PENDING  --issued-->   VALID       (or back to MISSING, to try again later)
   * VALID    --due-->      RENEWING
   * RENEWING --issued-->   VALID       (or back, the old one serves on)
   * VALID    --too late--> EXPIRED     (serves on, with an alarm)
   * </pre>
   */
  public enum State {
    MISSING,
    PENDING,
    VALID,
    RENEWING,
    EXPIRED
  }
}
