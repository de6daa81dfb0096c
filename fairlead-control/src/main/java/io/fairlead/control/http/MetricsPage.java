package io.fairlead.control.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Locale;

/** Prints every meter in the text form the scraper asks for. Any thread; blocks while it prints. */
public final class MetricsPage {
  private static final String OPEN_METRICS =
      "application/openmetrics-text; version=1.0.0; charset=utf-8";
  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  private final PrometheusMeterRegistry registry;

  public MetricsPage(PrometheusMeterRegistry registry) {
    this.registry = registry;
  }

  /** OpenMetrics for those who accept it, else the Prometheus text form. */
  Reply render(String accept) {
    boolean open = accept.toLowerCase(Locale.ROOT).contains("application/openmetrics-text");
    String type = open ? OPEN_METRICS : PROMETHEUS;
    return Reply.of(200, type, registry.scrape(type).getBytes(UTF_8));
  }
}
