package io.fairlead.http.balance;

/** What is known about a member at this moment. Thread-safe. */
public interface Load {
  /** Requests it works on. */
  int inflight();

  /** Its decayed peak latency in nanoseconds; at least 1. */
  double latencyNanos(long nowNanos);
}
