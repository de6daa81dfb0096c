package io.fairlead.mqtt.extension;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Is told the broker's meters, over and over. */
public interface MetricsSink {
  /**
   * One meter's value.
   *
   * @param name without the prefix {@code fairlead}, in dotted form: {@code mqtt.clients}; of
   *     timers {@code mqtt.connect.count}, {@code mqtt.connect.seconds} (all of them together) and
   *     {@code mqtt.connect.max}
   */
  record Reading(String name, Map<String, String> labels, double value) {
    public Reading {
      labels = Map.copyOf(labels);
    }
  }

  /** How often; at least a second. Asked once. */
  Duration every();

  /**
   * All meters of the broker. On a thread that this extension has for it alone, where it may block:
   * while it does, it is not told more.
   */
  void read(List<Reading> readings);
}
