package io.fairlead.net.http;

import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/** The meters of forwarding, resolved once. Thread-safe. */
final class ForwardMeters {
  private final Counter retries;
  private final Timer duration;

  ForwardMeters(Meters meters) {
    retries = meters.counter("http.retries", "Attempts made again after a failure");
    duration =
        meters.timer("http.upstream.duration", "From request head to end of a forwarded exchange");
  }

  void retried() {
    retries.increment();
  }

  void forwarded(long nanos) {
    duration.record(nanos, TimeUnit.NANOSECONDS);
  }
}
