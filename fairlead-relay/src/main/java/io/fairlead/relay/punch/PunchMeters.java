package io.fairlead.relay.punch;

import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** Counts how attempts end. Thread-safe. */
final class PunchMeters {
  /** How it ended. */
  enum Result {
    /** A plain dial was enough. */
    DIALLED,
    PUNCHED,
    FAILED,
    /** One of the two has no address to say. */
    NO_ADDRESS,
    /** The peer does not speak DCUtR; tried again when it says that it does. */
    NOT_SPOKEN
  }

  private final Map<Result, Counter> counters = new EnumMap<>(Result.class);

  PunchMeters(Meters meters) {
    for (Result result : Result.values()) {
      counters.put(
          result,
          meters.counter(
              "relay.punches",
              "Attempts to replace a circuit that a peer dialled, by how they ended.",
              "result",
              result.name().toLowerCase(Locale.ROOT)));
    }
  }

  void ended(Result result) {
    Counter counter = counters.get(result);
    if (counter != null) counter.increment();
  }
}
