package io.fairlead.http.health;

import java.util.Locale;

/** What an endpoint is at this moment. */
public enum HealthState {
  /** Not checked yet; gets requests. */
  UNKNOWN,
  /** Gets requests. */
  HEALTHY,
  /** Its checks fail. */
  UNHEALTHY,
  /** Its answers were bad; it is left alone for a while. */
  EJECTED,
  /** Gets no new request; those it has may end. */
  DRAINING,
  /** An operator took it out. */
  DOWN;

  /** Whether it gets new requests in ordinary times. */
  public boolean usable() {
    return this == UNKNOWN || this == HEALTHY;
  }

  /** Whether it may get requests when too few others can: never against somebody's will. */
  public boolean lastResort() {
    return this != DRAINING && this != DOWN;
  }

  /** Lower case. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
