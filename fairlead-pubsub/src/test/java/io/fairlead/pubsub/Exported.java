package io.fairlead.pubsub;

import io.fairlead.core.meter.Meters;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Meters as they are read from outside. */
public final class Exported {
  private static final Pattern LINE = Pattern.compile("fairlead_pubsub_(\\w+)\\{([^}]*)} .*");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"[^\"]*\"");

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  public Meters meters() {
    return new Meters(registry);
  }

  public String text() {
    return registry.scrape();
  }

  /** Value of {@code connected{chain="x",endpoint="y"}}; NaN when there is none. */
  public double value(String sample) {
    return text()
        .lines()
        .filter(line -> line.startsWith("fairlead_pubsub_" + sample + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .findFirst()
        .orElse(Double.NaN);
  }

  /** What there is, as {@code name[label, label]}; of histograms their count. */
  public Set<String> names() {
    Set<String> names = new TreeSet<>();
    text()
        .lines()
        .forEach(
            line -> {
              Matcher sample = LINE.matcher(line);
              if (!sample.matches()) return;
              Set<String> labels = new TreeSet<>();
              Matcher label = LABEL.matcher(sample.group(2));
              while (label.find()) labels.add(label.group(1));
              labels.remove("le");
              names.add(sample.group(1) + labels);
            });
    return names;
  }
}
