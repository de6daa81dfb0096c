package io.fairlead.relay.punch;

import io.fairlead.libp2p.address.AddressScope;
import io.fairlead.libp2p.address.Multiaddr;
import java.time.Duration;
import java.util.function.Predicate;

/**
 * How holes are punched.
 *
 * @param attempts in a row
 * @param dialTimeout of one attempt, and of the plain dial before the first
 * @param grace how long a circuit stays behind a direct connection, at least
 * @param addresses which addresses are said and dialled
 */
public record PunchSettings(
    int attempts, Duration dialTimeout, Duration grace, Predicate<Multiaddr> addresses) {
  public static final PunchSettings DEFAULTS =
      new PunchSettings(
          3,
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          address -> AddressScope.of(address) == AddressScope.PUBLIC);

  public PunchSettings {
    if (attempts < 1) {
      throw new IllegalArgumentException("attempts: " + attempts + " (expected: >= 1)");
    }
  }
}
