package io.fairlead.relay.reachability;

import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** Counts what was answered to peers that want to be dialled back. Thread-safe. */
public final class AnswerMeters {
  private final Map<Version, Map<Answer, Counter>> counters = new EnumMap<>(Version.class);

  /** Of AutoNAT. */
  enum Version {
    V1,
    V2
  }

  /** What became of a question. */
  enum Answer {
    REACHED,
    MISSED,
    /** There is no address that may be dialled. */
    REFUSED,
    /** More than may be asked in a while. */
    TOO_MANY
  }

  public AnswerMeters(Meters meters) {
    for (Version version : Version.values()) {
      Map<Answer, Counter> answers = new EnumMap<>(Answer.class);
      for (Answer answer : Answer.values()) {
        answers.put(
            answer,
            meters.counter(
                "relay.dial.backs",
                "Questions of peers whether they can be dialled (AutoNAT), by the answer.",
                "version",
                version.name().toLowerCase(Locale.ROOT),
                "answer",
                answer.name().toLowerCase(Locale.ROOT)));
      }
      counters.put(version, answers);
    }
  }

  void answered(Version version, Answer answer) {
    Counter counter = counters.getOrDefault(version, Map.of()).get(answer);
    if (counter != null) counter.increment();
  }
}
