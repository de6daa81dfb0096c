package io.fairlead.relay;

import io.fairlead.core.meter.Meters;
import io.fairlead.libp2p.host.Reachability;
import java.util.Locale;
import java.util.function.Supplier;

/** Tells what is known of the node's reachability. */
final class ReachMeters {
  private ReachMeters() {}

  /**
   * @param now asked at each scrape
   */
  static void register(Meters meters, Supplier<Reachability> now) {
    for (Reachability state : Reachability.values()) {
      meters.gauge(
          "relay.reachability",
          "Whether others can dial this node: 1 for what holds, 0 for the rest.",
          () -> now.get() == state ? 1 : 0,
          "state",
          state.name().toLowerCase(Locale.ROOT));
    }
  }
}
