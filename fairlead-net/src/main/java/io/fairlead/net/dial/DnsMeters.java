package io.fairlead.net.dial;

import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;

/**
 * Told how often a bound of looking names up did something. Any thread.
 *
 * @param evicted a name left for want of room
 * @param shortened an answer is believed for less time than its server said
 * @param late no server answered in time
 */
record DnsMeters(Runnable evicted, Runnable shortened, Runnable late) {
  /** Nobody is told. */
  static final DnsMeters NONE = new DnsMeters(() -> {}, () -> {}, () -> {});

  static DnsMeters of(Meters meters) {
    return new DnsMeters(
        limit(meters, "dns_names")::increment,
        limit(meters, "dns_ttl")::increment,
        limit(meters, "dns_query")::increment);
  }

  private static Counter limit(Meters meters, String name) {
    return meters.counter("limit.rejections", "Work refused by a limit.", "limit", name);
  }
}
