package io.fairlead.http.exchange;

import io.fairlead.core.meter.Meters;
import io.fairlead.net.http.ForwardFailure;
import io.micrometer.core.instrument.Counter;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** What the reverse proxy counts. Resolved once; thread-safe. */
public final class HttpMeters {
  /** Why a request was answered by ourselves with an error. */
  enum Refusal {
    BAD_PATH,
    UNKNOWN_HOST,
    MISDIRECTED,
    NO_ROUTE,
    LOOP,
    DENIED,
    DRAINING,
    NO_ENDPOINT,
    OVERLOAD,
    BODY_TOO_LARGE,
    BAD_FIELD,
    RATE,
    UNAUTHORIZED
  }

  final LongAdder proxied = new LongAdder();
  final LongAdder files = new LongAdder();
  final LongAdder answered = new LongAdder();
  final LongAdder retried = new LongAdder();
  private final Counter bodyLimit;
  private final LongAdder upgraded = new LongAdder();
  private final LongAdder upgradedEver = new LongAdder();
  private final Map<Refusal, Counter> refusals = new EnumMap<>(Refusal.class);
  private final Map<ForwardFailure.Kind, Counter> failures =
      new EnumMap<>(ForwardFailure.Kind.class);

  public HttpMeters(Meters meters) {
    bodyLimit =
        meters.counter("limit.rejections", "Work refused by a limit.", "limit", "http_body");
    String routed = "http.routed";
    String help = "Requests by what their route did.";
    meters.counter(routed, help, proxied::sum, "action", "upstream");
    meters.counter(routed, help, files::sum, "action", "files");
    meters.counter(routed, help, answered::sum, "action", "answer");
    meters.counter("http.upstream.retried", "Requests given to another endpoint.", retried::sum);
    meters.counter("http.upgrades", "Streams opened by an upgrade.", upgradedEver::sum);
    meters.gauge("http.streams", "Upgraded streams that are open.", upgraded::sum);
    for (Refusal refusal : Refusal.values()) {
      refusals.put(
          refusal,
          meters.counter(
              "http.refused", "Requests no route carried out.", "reason", label(refusal)));
    }
    for (ForwardFailure.Kind kind : ForwardFailure.Kind.values()) {
      failures.put(
          kind,
          meters.counter(
              "http.upstream.failed", "Attempts that led to no response.", "kind", label(kind)));
    }
  }

  void refused(Refusal refusal) {
    if (refusal == Refusal.BODY_TOO_LARGE) bodyLimit.increment();
    Objects.requireNonNull(refusals.get(refusal)).increment();
  }

  void failed(ForwardFailure.Kind kind) {
    Objects.requireNonNull(failures.get(kind)).increment();
  }

  void streamOpened() {
    upgraded.increment();
    upgradedEver.increment();
  }

  void streamClosed() {
    upgraded.decrement();
  }

  private static String label(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
