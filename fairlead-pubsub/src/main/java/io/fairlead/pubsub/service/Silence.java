package io.fairlead.pubsub.service;

import io.fairlead.pubsub.ServiceSettings;
import java.time.Duration;

/**
 * Notices that nothing comes any more. Counts bytes at every look instead of stamping each one: a
 * byte is taken to have come right after the look before, so nothing is noticed too late. Confined
 * to one thread.
 */
final class Silence {
  /** What to do. */
  enum Verdict {
    FINE,
    /** The question was answered. */
    HEARD,
    ASK,
    DEAD
  }

  private static final long TICK_MAX = Duration.ofSeconds(1).toNanos();
  private static final long TICK_MIN = Duration.ofMillis(5).toNanos();
  private static final int LOOKS = 20;

  private final ServiceSettings.Keepalive settings;
  private long bytes;
  private long heardNanos;
  private long lookedNanos;
  private long askedNanos;
  private long roundTripNanos;
  private boolean asked;

  Silence(ServiceSettings.Keepalive settings) {
    this.settings = settings;
  }

  /** Time between looks. */
  Duration tick() {
    long shorter = Math.min(settings.idle().toNanos(), settings.deadline().toNanos());
    return Duration.ofNanos(Math.clamp(shorter / LOOKS, TICK_MIN, TICK_MAX));
  }

  /** A new connection. */
  void begin(long nowNanos, long received) {
    bytes = received;
    heardNanos = nowNanos;
    lookedNanos = nowNanos;
    asked = false;
  }

  /**
   * @param received bytes so far
   * @param pings whether asking costs no request
   */
  Verdict look(long nowNanos, long received, boolean pings) {
    boolean heard = received != bytes;
    boolean answered = heard && asked;
    if (heard) {
      bytes = received;
      heardNanos = lookedNanos;
      if (asked) roundTripNanos = nowNanos - askedNanos;
      asked = false;
    }
    lookedNanos = nowNanos;
    if (answered) return Verdict.HEARD;
    if (asked)
      return nowNanos - askedNanos >= settings.deadline().toNanos() ? Verdict.DEAD : Verdict.FINE;
    Duration idle = pings ? settings.idle() : settings.probe();
    if (nowNanos - heardNanos < idle.toNanos()) return Verdict.FINE;
    asked = true;
    askedNanos = nowNanos;
    return Verdict.ASK;
  }

  Duration roundTrip() {
    return Duration.ofNanos(roundTripNanos);
  }
}
