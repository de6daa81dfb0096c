package io.fairlead.libp2p.mux;

import java.time.Duration;
import java.util.Optional;

/** The session's own pings: the round trip, and whether the peer is still there. */
final class RoundTrips {
  /** A window that is used up in less than this many round trips is too small. */
  private static final int FAST_TRIPS = 4;

  private final long everyNanos;
  private final long timeoutNanos;
  private int value;
  private boolean due = true;
  private boolean asked = true; // from the moment it is due, even if it cannot be written
  private long askedNanos;
  private long heardNanos;
  private long tripNanos;

  RoundTrips(YamuxSettings settings, long nowNanos) {
    everyNanos = settings.pingEvery().toNanos();
    timeoutNanos = settings.pingTimeout().toNanos();
    askedNanos = nowNanos;
    heardNanos = nowNanos;
  }

  void heard(long nowNanos) {
    heardNanos = nowNanos;
  }

  /** The value of a ping to be sent now, negative for none. */
  long takePing(long nowNanos) {
    if (!due) return -1;
    due = false;
    asked = true;
    askedNanos = nowNanos;
    value = value == Integer.MAX_VALUE ? 1 : value + 1;
    return value;
  }

  /** An answer; those we did not ask for are ignored. */
  void answered(int answer, long nowNanos) {
    if (!asked || due || answer != value) return;
    asked = false;
    long trip = Math.max(1, nowNanos - askedNanos);
    tripNanos = tripNanos == 0 ? trip : (tripNanos + trip) / 2;
  }

  boolean pingDueAt(long nowNanos) {
    if (nowNanos - askedNanos >= everyNanos) {
      due = true;
      asked = true;
      askedNanos = nowNanos;
    }
    return due;
  }

  /** A ping got no answer, and nothing else came either. */
  boolean silentAt(long nowNanos) {
    return asked && heardNanos - askedNanos <= 0 && nowNanos - askedNanos >= timeoutNanos;
  }

  long wakeNanos() {
    boolean doubtful = asked && heardNanos - askedNanos <= 0;
    return askedNanos + (doubtful ? Math.min(timeoutNanos, everyNanos) : everyNanos);
  }

  /** Whether an interval is short beside the round trip; never before that is known. */
  boolean fast(long nanos) {
    return tripNanos > 0 && nanos < FAST_TRIPS * tripNanos;
  }

  Optional<Duration> roundTrip() {
    return tripNanos == 0 ? Optional.empty() : Optional.of(Duration.ofNanos(tripNanos));
  }
}
