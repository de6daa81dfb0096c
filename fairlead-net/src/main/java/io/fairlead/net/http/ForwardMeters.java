package io.fairlead.net.http;

import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The meters of forwarding, resolved once. Thread-safe. */
final class ForwardMeters {
  private final Counter retries;
  private final Counter droppedTrailers;
  private final Counter interim;
  private final Counter bandwidth;
  private final Map<UpstreamTime, Counter> late = new EnumMap<>(UpstreamTime.class);
  private final Timer duration;

  ForwardMeters(Meters meters) {
    retries = meters.counter("http.retries", "Attempts made again after a failure");
    droppedTrailers = meters.counter("http.dropped.trailers", "Trailer fields left out");
    interim = limit(meters, "upstream_interim_responses");
    bandwidth = limit(meters, EdgeBound.BANDWIDTH.label());
    for (UpstreamTime time : UpstreamTime.values()) late.put(time, limit(meters, time.label()));
    duration =
        meters.timer("http.upstream.duration", "From request head to end of a forwarded exchange");
  }

  private static Counter limit(Meters meters, String name) {
    return meters.counter("limit.rejections", "Work refused by a limit.", "limit", name);
  }

  void retried() {
    retries.increment();
  }

  void tooManyInterim() {
    interim.increment();
  }

  /** A stream rested, so as not to be faster than its rate. */
  void rested() {
    bandwidth.increment();
  }

  /** It took longer than that. */
  void late(UpstreamTime time) {
    Counter counter = late.get(time);
    if (counter != null) counter.increment();
  }

  void droppedTrailers(int count) {
    if (count > 0) droppedTrailers.increment(count);
  }

  void forwarded(long nanos) {
    duration.record(nanos, TimeUnit.NANOSECONDS);
  }
}
