package io.fairlead.http.health;

import io.fairlead.core.unit.Limit;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * What the requests of one endpoint told. Called for every request by any thread; a success after a
 * success writes nothing but the figures of the sweep.
 */
public final class Tally {
  /** How an attempt ended. */
  public enum Outcome {
    /** Any answer below 500. */
    FINE,
    /** 500 and above, but not a gateway's. */
    SERVER_ERROR,
    /** 502, 503, 504, or no answer from an open connection. */
    GATEWAY_ERROR,
    /** No connection. */
    CONNECT_FAILED
  }

  /** Why an endpoint is suspect. */
  public enum Suspicion {
    SERVER_ERRORS("consecutive_5xx"),
    GATEWAY_ERRORS("consecutive_gateway"),
    CONNECT_FAILURES("connect_fail"),
    SUCCESS_RATE("success_rate");

    private final String word;

    Suspicion(String word) {
      this.word = word;
    }

    /** The key it comes from. */
    public String word() {
      return word;
    }
  }

  private final AtomicInteger serverErrors = new AtomicInteger();
  private final AtomicInteger gatewayErrors = new AtomicInteger();
  private final AtomicInteger connectFailures = new AtomicInteger();
  private final LongAdder requests = new LongAdder();
  private final LongAdder failures = new LongAdder();

  /** Counts an attempt; present when it makes the endpoint suspect. */
  public Optional<Suspicion> record(Outcome outcome, OutlierConfig rules) {
    requests.increment();
    if (outcome == Outcome.FINE) {
      forget(serverErrors);
      forget(gatewayErrors);
      forget(connectFailures);
      return Optional.empty();
    }
    failures.increment();
    if (outcome == Outcome.CONNECT_FAILED) {
      if (reached(connectFailures.incrementAndGet(), rules.connectFailures())) {
        return Optional.of(Suspicion.CONNECT_FAILURES);
      }
    } else {
      forget(connectFailures);
    }
    if (outcome == Outcome.SERVER_ERROR) {
      forget(gatewayErrors);
    } else if (reached(gatewayErrors.incrementAndGet(), rules.gatewayErrors())) {
      return Optional.of(Suspicion.GATEWAY_ERRORS);
    }
    return reached(serverErrors.incrementAndGet(), rules.serverErrors())
        ? Optional.of(Suspicion.SERVER_ERRORS)
        : Optional.empty();
  }

  /** Begins anew, e.g. when an ejection begins. */
  public void clear() {
    serverErrors.set(0);
    gatewayErrors.set(0);
    connectFailures.set(0);
  }

  /** Attempts and failures since the last call. */
  Rate takeRate() {
    return new Rate(requests.sumThenReset(), failures.sumThenReset());
  }

  /** Figures between two sweeps. */
  record Rate(long requests, long failures) {
    double success() {
      return requests == 0 ? 1 : 1 - (double) failures / requests;
    }
  }

  private static void forget(AtomicInteger count) {
    if (count.get() != 0) count.set(0);
  }

  private static boolean reached(int count, Limit limit) {
    return limit instanceof Limit.AtMost(long most) && count >= most;
  }
}
