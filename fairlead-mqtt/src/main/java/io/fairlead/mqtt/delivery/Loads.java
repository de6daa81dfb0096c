package io.fairlead.mqtt.delivery;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * How many a minute, as averages that forget with one, five and fifteen minutes. One owner.
 *
 * <p>Each look moves an average towards the rate since the last look by {@code 1 - e^(-t/T)}.
 */
final class Loads {
  private static final String[] NAMES = {"1min", "5min", "15min"};
  private static final double[] SECONDS = {60, 300, 900};

  private static final class Load {
    private long before;
    private final double[] perMinute = new double[SECONDS.length];
  }

  private final Map<String, Load> loads = new LinkedHashMap<>();

  /**
   * A counter stands at that now.
   *
   * @param seconds since the last look
   */
  void look(String name, long total, double seconds) {
    Load load = loads.computeIfAbsent(name, _ -> new Load());
    double rate = seconds > 0 ? (total - load.before) * 60 / seconds : 0;
    load.before = total;
    for (int i = 0; i < SECONDS.length; i++) {
      load.perMinute[i] += (rate - load.perMinute[i]) * (1 - Math.exp(-seconds / SECONDS[i]));
    }
  }

  /** Each average by its topic below {@code load}. */
  void forEach(BiConsumer<String, Double> action) {
    loads.forEach(
        (name, load) -> {
          for (int i = 0; i < SECONDS.length; i++) {
            action.accept(name + "/" + NAMES[i], load.perMinute[i]);
          }
        });
  }
}
