package io.fairlead.relay.finder;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.relay.finder.FinderNews.RequestType;
import io.micrometer.core.instrument.Counter;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Supplier;

/** What a finder counts. Thread-safe. */
final class FinderMeters {
  private final Counter opened;
  private final Counter closed;
  private final Counter updated;
  private final Counter supporting;
  private final Counter others;
  private final Counter added;
  private final Counter removed;
  private final Counter passedOver;
  private final Map<RequestType, Map<ReserveResult, Counter>> requests =
      new EnumMap<>(RequestType.class);

  /**
   * @param report asked at each scrape
   */
  FinderMeters(Meters meters, Clock clock, Supplier<FinderReport> report) {
    opened = meters.counter("relay.auto.reservations.opened", "Relays gained.");
    closed = meters.counter("relay.auto.reservations.closed", "Relays lost.");
    updated =
        meters.counter(
            "relay.auto.relay.addresses.updated", "Changes of the addresses through relays.");
    String support = "relay.auto.candidates.circuit.v2.support";
    String supportHelp = "Peers checked, by whether they relay.";
    supporting = meters.counter(support, supportHelp, "support", "yes");
    others = meters.counter(support, supportHelp, "support", "no");
    String candidates = "relay.auto.candidates";
    String candidatesHelp = "Candidates that came and went.";
    added = meters.counter(candidates, candidatesHelp, "type", "added");
    removed = meters.counter(candidates, candidatesHelp, "type", "removed");
    passedOver =
        meters.counter(
            "relay.auto.offers.dropped", "Offers of a source that came faster than they are read.");
    for (RequestType type : RequestType.values()) {
      Map<ReserveResult, Counter> byResult = new EnumMap<>(ReserveResult.class);
      for (ReserveResult result : ReserveResult.values()) {
        byResult.put(
            result,
            meters.counter(
                "relay.auto.reservation.requests",
                "Reservations asked for, by what came of it.",
                "request_type",
                type.name().toLowerCase(Locale.ROOT),
                "result",
                result.word()));
      }
      requests.put(type, byResult);
    }
    meters.gauge(
        "relay.auto.status",
        "Whether relays are wanted: 1 or 0.",
        () -> report.get().running() ? 1 : 0);
    meters.gauge(
        "relay.auto.desired.reservations",
        "Relays to hold.",
        () -> report.get().running() ? report.get().desired() : 0);
    meters.gauge(
        "relay.auto.relay.addresses.count",
        "Addresses through relays said now.",
        () -> report.get().published().size());
    meters.gauge(
        "relay.auto.candidate.loop.state",
        "Search for candidates: 0 rate-limited, 1 waiting on source, 2 waiting for trigger, 3"
            + " stopped.",
        () -> report.get().candidateState().ordinal());
    meters.gauge("relay.reservations", "Relays held now.", () -> report.get().held());
    meters.gauge(
        "relay.reservation.expiry.seconds",
        "Time until the first reservation ends; 0 without any.",
        () -> expiry(report.get(), clock.wall()));
    scheduled(meters, "source_call", clock, report, FinderReport.Schedule::sourceCall);
    scheduled(meters, "reservation_refresh", clock, report, FinderReport.Schedule::refresh);
    scheduled(meters, "clear_backoff", clock, report, FinderReport.Schedule::backoff);
    scheduled(meters, "old_candidate_check", clock, report, FinderReport.Schedule::age);
  }

  private static void scheduled(
      Meters meters,
      String work,
      Clock clock,
      Supplier<FinderReport> report,
      Function<FinderReport.Schedule, OptionalLong> time) {
    meters.gauge(
        "relay.auto.scheduled.work.timestamp.seconds",
        "Unix time at which work is due; 0 for none.",
        () -> {
          OptionalLong at = time.apply(report.get().schedule());
          if (at.isEmpty()) return 0;
          return clock.wall().plusNanos(at.getAsLong() - clock.nanos()).getEpochSecond();
        },
        "work_type",
        work);
  }

  private static long expiry(FinderReport report, Instant wall) {
    return report.relays().stream()
        .filter(each -> !each.state().equals("returning"))
        .mapToLong(each -> Math.max(0, Duration.between(wall, each.expiresAt()).toSeconds()))
        .min()
        .orElse(0);
  }

  void count(FinderNews news) {
    switch (news) {
      case FinderNews.Gained _ -> opened.increment();
      case FinderNews.Ended _ -> closed.increment();
      case FinderNews.Requested requested -> {
        Map<ReserveResult, Counter> byResult = requests.get(requested.type());
        Counter counter = byResult == null ? null : byResult.get(requested.result());
        if (counter != null) counter.increment();
      }
      case FinderNews.Support(boolean relays) -> (relays ? supporting : others).increment();
      case FinderNews.CandidateAdded _ -> added.increment();
      case FinderNews.CandidatesRemoved(int count) -> removed.increment(count);
    }
  }

  void published() {
    updated.increment();
  }

  void passedOver() {
    passedOver.increment();
  }
}
