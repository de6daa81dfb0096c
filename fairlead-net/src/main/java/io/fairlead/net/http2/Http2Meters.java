package io.fairlead.net.http2;

import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;
import io.netty.handler.codec.http2.Http2Error;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** The meters of HTTP/2 connections of clients, resolved once. Thread-safe. */
final class Http2Meters {
  /** What work may be refused for. */
  enum Bound {
    STREAMS,
    RESETS,
    CONTROL_FRAMES,
    EMPTY_FRAMES,
    QUEUED_CONTROL_FRAMES,
    CONTINUATIONS
  }

  private final LongAdder open = new LongAdder();
  private final LongAdder streams = new LongAdder();
  private final Counter connections;
  private final Counter refused;
  private final Counter malformed;
  private final Counter resets;
  private final Counter otherErrors;
  private final Map<FrameGuard.Abuse, Counter> abuse = new EnumMap<>(FrameGuard.Abuse.class);
  private final Map<Bound, Counter> bounds = new EnumMap<>(Bound.class);
  private final Map<Http2Error, Counter> errors = new EnumMap<>(Http2Error.class);

  Http2Meters(Meters meters) {
    meters.gauge("http2.connections", "Open HTTP/2 connections of clients", open::sum);
    meters.gauge("http2.streams", "Requests over HTTP/2 that are not over", streams::sum);
    connections = meters.counter("http2.connections.accepted", "HTTP/2 connections of clients");
    refused =
        meters.counter("http2.streams.refused", "Streams beyond the bound of concurrent requests");
    malformed =
        meters.counter(
            "http2.streams.malformed", "Streams reset because their request was malformed");
    resets = meters.counter("http2.streams.reset", "Streams given up by clients");
    for (FrameGuard.Abuse what : FrameGuard.Abuse.values()) {
      abuse.put(
          what,
          meters.counter(
              "http2.abuse",
              "Connections ended because they went beyond a bound",
              "bound",
              what.name().toLowerCase(Locale.ROOT)));
    }
    for (Bound bound : Bound.values()) {
      bounds.put(
          bound,
          meters.counter(
              "limit.rejections",
              "Work refused by a limit.",
              "limit",
              "http2_" + bound.name().toLowerCase(Locale.ROOT)));
    }
    String help = "Connections ended with an error, by its code";
    for (Http2Error error : Http2Error.values()) {
      errors.put(
          error,
          meters.counter("http2.goaway", help, "code", error.name().toLowerCase(Locale.ROOT)));
    }
    otherErrors = meters.counter("http2.goaway", help, "code", "other");
  }

  void opened() {
    open.increment();
    connections.increment();
  }

  void closed() {
    open.decrement();
  }

  void streamOpened() {
    streams.increment();
  }

  void streamClosed() {
    streams.decrement();
  }

  void refused() {
    refused.increment();
    beyond(Bound.STREAMS);
  }

  void malformed() {
    malformed.increment();
  }

  void resetByClient() {
    resets.increment();
  }

  void abuse(FrameGuard.Abuse what) {
    Counter counter = abuse.get(what);
    if (counter != null) counter.increment();
    beyond(
        switch (what) {
          case RESETS, PROVOKED_RESETS -> Bound.RESETS;
          case CONTROL_FRAMES -> Bound.CONTROL_FRAMES;
          case EMPTY_FRAMES -> Bound.EMPTY_FRAMES;
        });
  }

  /** Work was refused, or a connection ended, for that bound. */
  void beyond(Bound bound) {
    Counter counter = bounds.get(bound);
    if (counter != null) counter.increment();
  }

  void goAway(Http2Error error) {
    errors.getOrDefault(error, otherErrors).increment();
  }
}
