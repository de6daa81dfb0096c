package io.fairlead.mqtt.bridge;

import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Counts of one bridge. Thread-safe. */
final class BridgeMeters {
  /** Why a message did not cross. */
  enum Drop {
    /** It came back to where it left, or crossed too many bridges. */
    LOOP,
    /** No rule means its topic (any more). */
    NO_RULE,
    /** Larger than the other broker takes. */
    TOO_LARGE,
    /** The other side refused it for good. */
    REFUSED
  }

  private final Counter out;
  private final Counter in;
  private final Counter cuts;
  private final Counter failures;
  private final Map<Drop, Counter> drops = new EnumMap<>(Drop.class);
  private final LongAdder sent = new LongAdder();
  private final LongAdder taken = new LongAdder();
  private final LongAdder lost = new LongAdder();

  BridgeMeters(Meters meters, String bridge) {
    String crossed = "Messages that crossed a bridge.";
    out = meters.counter("mqtt.bridge.messages", crossed, "bridge", bridge, "direction", "out");
    in = meters.counter("mqtt.bridge.messages", crossed, "bridge", bridge, "direction", "in");
    cuts =
        meters.counter("mqtt.bridge.cuts", "Connections of a bridge that ended.", "bridge", bridge);
    failures =
        meters.counter(
            "mqtt.bridge.failures",
            "Connections of a bridge that never came up.",
            "bridge",
            bridge);
    for (Drop each : Drop.values()) {
      drops.put(
          each,
          meters.counter(
              "mqtt.bridge.dropped",
              "Messages that did not cross a bridge.",
              "bridge",
              bridge,
              "reason",
              each.name().toLowerCase(Locale.ROOT)));
    }
  }

  void out() {
    out.increment();
    sent.increment();
  }

  void in() {
    in.increment();
    taken.increment();
  }

  void cut() {
    cuts.increment();
  }

  void failed() {
    failures.increment();
  }

  void dropped(Drop reason) {
    Counter counter = drops.get(reason);
    if (counter != null) counter.increment();
    lost.increment();
  }

  long sent() {
    return sent.sum();
  }

  long taken() {
    return taken.sum();
  }

  long lost() {
    return lost.sum();
  }
}
