package io.fairlead.http.rate;

import io.fairlead.http.route.Template;

/**
 * A zone.
 *
 * @param key requests with the same value of it share a rate
 * @param burst requests that may come faster than the rate
 * @param maxKeys that are remembered
 */
public record ZoneConfig(Template key, RequestRate rate, int burst, Excess excess, int maxKeys) {
  /** What happens to requests that come faster than the rate, within the burst. */
  public enum Excess {
    /** They pass at once; what is beyond the burst is refused. */
    REJECT,
    /** They wait for their turn; what is beyond the burst is refused. */
    DELAY
  }

  Gcra gcra() {
    return new Gcra(rate.intervalNanos(), burst);
  }
}
