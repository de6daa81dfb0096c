package io.fairlead.pubsub.service;

import io.fairlead.pubsub.log.Delivery;
import io.fairlead.pubsub.log.FollowerEffect.Tally;
import java.util.Locale;

/** What followers count. Thread-safe. */
final class FeedMeters {
  private final ServiceMeters meters;

  FeedMeters(ServiceMeters meters) {
    this.meters = meters;
  }

  void count(Tally tally, long by) {
    switch (tally) {
      case FILL_ROUND -> meters.add("fill.rounds", "Rounds of questions that close holes.", by);
      case FILLED -> meters.add("fill.logs", "Entries that were asked for.", by);
      case DUPLICATE -> meters.add("duplicates.dropped", "Entries that came again.", by);
      case REMOVED_BY_SERVER -> removed("server", by);
      case REMOVED_BY_REORG -> removed("synthesised", by);
      case GAP -> {} // counted with its reason when it is told
      case BLOOM_FALSE_POSITIVE ->
          meters.add(
              "bloom.false.positive", "Blocks whose bloom promised what they do not hold.", by);
      case OVERFLOW ->
          meters.add("refills", "Live entries dropped for want of room, and asked for later.", by);
      case RING_EVICTED ->
          meters.add("ring.evicted", "Remembered blocks forgotten for want of memory.", by);
    }
  }

  void gap(Delivery.GapCause cause) {
    meters.add(
        "gaps",
        "Ranges that could not be told, by reason.",
        1,
        "reason",
        cause.name().toLowerCase(Locale.ROOT));
  }

  private void removed(String source, long by) {
    meters.add("removed", "Entries told as removed, by who said so.", by, "source", source);
  }
}
