package io.fairlead.http.exchange;

import io.fairlead.core.time.Clock;
import io.fairlead.http.rate.Zone;
import io.fairlead.http.route.RequestFacts;
import io.fairlead.net.http.Answer;
import io.fairlead.net.http.ServerExchange;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Lets requests through as the zones of their route allow: at once, after a while, or not at all.
 * Those that wait are bounded by the burst of each key, and cost a timer each.
 */
final class ZoneGate {
  private static final long SECOND = 1_000_000_000L;

  private final Clock clock;

  ZoneGate(Clock clock) {
    this.clock = clock;
  }

  /** How a request goes on. */
  interface Ways {
    /** On the exchange's event loop; not called when the client left meanwhile. */
    void pass();

    void refuse(Answer answer);
  }

  /** Each zone judges a request once for each key, however many routes it comes to. */
  void admit(List<Zone> zones, ServerExchange exchange, RequestFacts facts, Ways ways) {
    long now = clock.nanos();
    long wait = 0;
    for (int i = 0; i < zones.size(); i++) {
      Zone zone = zones.get(i);
      String key = zone.key().render(facts);
      // A route that tries others and the one it comes to may share a zone.
      if (!facts.passage().books(zone, key)) continue;
      switch (zone.take(key, now)) {
        case Zone.Outcome.Pass _ -> {}
        case Zone.Outcome.Wait(long nanos) -> wait = Math.max(wait, nanos);
        case Zone.Outcome.Refuse refused -> {
          ways.refuse(tooMany(refused));
          return;
        }
      }
    }
    if (wait == 0) ways.pass();
    else hold(exchange, wait, ways);
  }

  private static void hold(ServerExchange exchange, long nanos, Ways ways) {
    Held held = new Held(ways);
    exchange.onEnd(held::forget);
    var _ = exchange.channel().eventLoop().schedule(held::release, nanos, TimeUnit.NANOSECONDS);
  }

  private static Answer tooMany(Zone.Outcome.Refuse refused) {
    long seconds = Math.max(1, (refused.afterNanos() + SECOND - 1) / SECOND);
    long window = Math.max(1, (refused.windowNanos() + SECOND - 1) / SECOND);
    return Answer.error(429, "too_many_requests", "too many requests")
        .with("Retry-After", Long.toString(seconds))
        .with("RateLimit-Limit", Long.toString(refused.limit()))
        .with("RateLimit-Policy", refused.limit() + ";w=" + window)
        .with("RateLimit-Remaining", "0")
        .with("RateLimit-Reset", Long.toString(seconds));
  }

  /** A request that waits for its turn. */
  private static final class Held {
    private final Ways ways;
    private boolean gone;

    Held(Ways ways) {
      this.ways = ways;
    }

    void forget() {
      gone = true;
    }

    void release() {
      if (!gone) ways.pass();
    }
  }
}
