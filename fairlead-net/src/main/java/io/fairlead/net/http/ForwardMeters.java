package io.fairlead.net.http;

import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/** The meters of forwarding, resolved once. Thread-safe. */
final class ForwardMeters {
  private final Counter retries;
  private final Counter droppedTrailers;
  private final Counter interim;
  private final Timer duration;

  ForwardMeters(Meters meters) {
    retries = meters.counter("http.retries", "Attempts made again after a failure");
    droppedTrailers = meters.counter("http.dropped.trailers", "Trailer fields left out");
    interim =
        meters.counter(
            "limit.rejections", "Work refused by a limit.", "limit", "upstream_interim_responses");
    duration =
        meters.timer("http.upstream.duration", "From request head to end of a forwarded exchange");
  }

  void retried() {
    retries.increment();
  }

  void tooManyInterim() {
    interim.increment();
  }

  void droppedTrailers(int count) {
    if (count > 0) droppedTrailers.increment(count);
  }

  void forwarded(long nanos) {
    duration.record(nanos, TimeUnit.NANOSECONDS);
  }
}
