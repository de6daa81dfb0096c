package io.fairlead.core.time;

import java.time.Instant;

/** The machine's clock; the one place that asks the JDK for time. */
enum SystemClock implements Clock {
  INSTANCE;

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public Instant wall() {
    return Instant.now();
  }

  @Override
  public long wallMillis() {
    return System.currentTimeMillis();
  }
}
