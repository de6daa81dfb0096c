package io.fairlead.mqtt.netty;

import io.fairlead.core.unit.ByteSize;
import io.fairlead.core.unit.Rate;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * What all connections of one account, or of one listener, may publish together. A name is known
 * here while it has a connection, and after that until it may again what one that begins may:
 * coming anew gains nothing. Thread-safe; costs next to nothing where there is no such limit.
 */
final class SharedPaces {
  /** That of one name. */
  static final class Shared {
    private final Pace pace = new Pace(); // guarded by this
    private int connections; // guarded by the map
    private boolean listed; // guarded by the map

    /** Nanoseconds to wait before more is read; 0: none. */
    long take(
        Optional<Rate> rate, Optional<ByteSize> byteRate, long nowNanos, int messages, long bytes) {
      if (rate.isEmpty() && byteRate.isEmpty()) return 0;
      synchronized (this) {
        return pace.take(rate, byteRate, nowNanos, messages, bytes);
      }
    }

    private synchronized boolean rested(
        Optional<Rate> rate, Optional<ByteSize> byteRate, long nowNanos) {
      return pace.rested(rate, byteRate, nowNanos);
    }
  }

  private static final int LOOKS = 4; // at names without a connection, for each that leaves

  private final ConcurrentHashMap<String, Shared> byName = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> resting = new ConcurrentLinkedQueue<>();

  /** One more connection of that name. */
  Shared join(String name) {
    return byName.compute(
        name,
        (_, there) -> {
          Shared shared = there == null ? new Shared() : there;
          shared.connections++;
          return shared;
        });
  }

  /** One less; by the limits of now, others that left before are forgotten. */
  void leave(String name, Optional<Rate> rate, Optional<ByteSize> byteRate, long nowNanos) {
    byName.computeIfPresent(
        name,
        (_, there) -> {
          if (--there.connections > 0) return there;
          if (there.rested(rate, byteRate, nowNanos)) return null;
          if (!there.listed) resting.add(name);
          there.listed = true;
          return there;
        });
    for (int i = 0; i < LOOKS; i++) {
      String next = resting.poll();
      if (next == null) return;
      look(next, rate, byteRate, nowNanos);
    }
  }

  private void look(String name, Optional<Rate> rate, Optional<ByteSize> byteRate, long nowNanos) {
    byName.computeIfPresent(
        name,
        (_, there) -> {
          there.listed = false;
          if (there.connections > 0) return there; // listed again when it leaves
          if (there.rested(rate, byteRate, nowNanos)) return null;
          resting.add(name);
          there.listed = true;
          return there;
        });
  }

  /** Names it knows. */
  int size() {
    return byName.size();
  }
}
