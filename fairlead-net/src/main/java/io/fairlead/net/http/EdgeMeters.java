package io.fairlead.net.http;

import io.fairlead.core.meter.Meters;
import io.fairlead.net.http.codec.Reject;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The meters of server connections, resolved once. Thread-safe. */
public final class EdgeMeters {
  private final Counter[] requests = new Counter[6];
  private final Map<Reject, Counter> rejected = new EnumMap<>(Reject.class);
  private final Map<Reject, Counter> limits = new EnumMap<>(Reject.class);
  private final Map<EdgeBound, Counter> bounds = new EnumMap<>(EdgeBound.class);
  private final Counter droppedFields;
  private final Counter droppedTrailers;
  private final Timer duration;

  EdgeMeters(Meters meters) {
    for (int i = 0; i < requests.length; i++) {
      requests[i] =
          meters.counter(
              "http.requests", "Requests answered, by class of status", "code", i + "xx");
    }
    for (Reject reason : Reject.values()) {
      rejected.put(
          reason,
          meters.counter(
              "http.rejected", "Requests refused by the codec", "reason", reason.code()));
    }
    limit(meters, Reject.REQUEST_LINE_TOO_LONG, "http_request_line");
    limit(meters, Reject.METHOD_TOO_LONG, "http_request_line");
    limit(meters, Reject.HEAD_TOO_LARGE, "http_head");
    limit(meters, Reject.FIELD_TOO_LARGE, "http_field");
    limit(meters, Reject.TOO_MANY_FIELDS, "http_fields");
    limit(meters, Reject.HEAD_TIMEOUT, "http_head_time");
    limit(meters, Reject.BODY_TIMEOUT, "http_body_time");
    limit(meters, Reject.BODY_TOO_LARGE, "http_body");
    limit(meters, Reject.CHUNK_EXTENSION_TOO_LARGE, "http_chunk_extensions");
    limit(meters, Reject.TRAILERS_TOO_LARGE, "http_trailers");
    for (EdgeBound bound : EdgeBound.values()) bounds.put(bound, limit(meters, bound.label()));
    droppedFields =
        meters.counter("http.dropped.fields", "Request fields left out for _ or . in their name");
    droppedTrailers = meters.counter("http.dropped.trailers", "Trailer fields left out");
    duration = meters.timer("http.request.duration", "From request head to end of response");
  }

  /** One exchange is over. */
  public void answered(int status, long nanos) {
    int hundred = status / 100;
    requests[hundred < requests.length ? hundred : 0].increment();
    duration.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** One request was refused by a rule of the protocol. */
  public void rejected(Reject reason) {
    Counter counter = rejected.get(reason);
    if (counter != null) counter.increment();
    Counter limit = limits.get(reason);
    if (limit != null) limit.increment();
  }

  /** A connection ended, or was held back, for that bound. */
  public void beyond(EdgeBound bound) {
    Counter counter = bounds.get(bound);
    if (counter != null) counter.increment();
  }

  private void limit(Meters meters, Reject reason, String name) {
    limits.put(reason, limit(meters, name));
  }

  private static Counter limit(Meters meters, String name) {
    return meters.counter("limit.rejections", "Work refused by a limit.", "limit", name);
  }

  /** Fields of one request that were left out. */
  public void droppedFields(int count) {
    if (count > 0) droppedFields.increment(count);
  }

  /** Trailer fields of one message that were left out. */
  public void droppedTrailers(int count) {
    if (count > 0) droppedTrailers.increment(count);
  }
}
