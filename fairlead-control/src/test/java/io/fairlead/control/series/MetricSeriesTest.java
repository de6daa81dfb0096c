package io.fairlead.control.series;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.ManualClock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class MetricSeriesTest {
  private static final String REQUESTS = "fairlead_http_requests_total";
  private static final String FAILED = "fairlead_http_requests_total{code=\"5xx\"}";
  private static final String P99 = "fairlead_http_request_duration_seconds{quantile=\"0.99\"}";
  private static final Duration FINE = Duration.ofMinutes(15);
  private static final Duration DAY = Duration.ofHours(24);

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Meters meters = new Meters(registry);
  private final ManualClock clock = new ManualClock();
  private final MetricSeries series = new MetricSeries(registry, clock);

  private void pass(int seconds) {
    for (int i = 0; i < seconds; i++) {
      series.sample();
      clock.advance(Duration.ofSeconds(1));
    }
  }

  private double[] last(String name, Duration window) {
    return series.last(List.of(name), window).values().get(name);
  }

  @Test
  void metersOfOneNameAreAddedUpUnlessALabelPicksOne() {
    Counter good = meters.counter("http.requests", "Some.", "code", "2xx");
    Counter bad = meters.counter("http.requests", "Some.", "code", "5xx");
    good.increment(3);
    pass(1);
    bad.increment(2);
    pass(1);
    assertThat(last(REQUESTS, FINE)).containsExactly(3, 5);
    assertThat(last(FAILED, FINE)).containsExactly(0, 2);
    assertThat(last("fairlead_mqtt_clients", FINE)).containsOnly(Double.NaN);
  }

  @Test
  void theOldestLeaveAndAMinuteIsKeptForADay() {
    Counter counter = meters.counter("http.requests", "Some.", "code", "2xx");
    for (int i = 0; i < 1000; i++) {
      counter.increment();
      pass(1);
    }
    assertThat(last(REQUESTS, FINE)).hasSize(900).startsWith(101, 102).endsWith(999, 1000);
    assertThat(last(REQUESTS, Duration.ofSeconds(3))).containsExactly(998, 999, 1000);
    MetricSeries.Window day = series.last(List.of(REQUESTS), DAY);
    assertThat(day.step()).isEqualTo(Duration.ofMinutes(1));
    assertThat(day.values().get(REQUESTS)).hasSize(17).startsWith(1, 61).endsWith(961);
  }

  @Test
  void aQuantileIsThatOfTheLastSecondAlone() {
    Timer timer = meters.timer("http.request.duration", "Some.");
    for (int i = 0; i < 100; i++) timer.record(Duration.ofMillis(700));
    pass(1);
    for (int i = 0; i < 100; i++) timer.record(Duration.ofMillis(3));
    pass(1);
    pass(1);
    double[] values = last(P99, FINE);
    assertThat(values[0]).isCloseTo(0.995, within(0.001)); // between 0.5 and 1 s
    assertThat(values[1]).isCloseTo(0.00496, within(0.0001)); // between 1 and 5 ms
    assertThat(values[2]).isNaN();
  }

  @Test
  void whatItTakesIsBounded() {
    assertThat(MetricSeries.BYTES_MAX).isLessThanOrEqualTo(16 << 20);
    assertThat(Track.ALL).hasSizeLessThan(64).doesNotHaveDuplicates();
  }
}
