package io.fairlead.app;

import java.util.function.LongConsumer;

/** The process that took over from this one, once there is one. Thread-safe. */
final class Successor {
  private volatile long pid;
  private volatile LongConsumer told = _ -> {};

  /** Who hears its pid at the moment it takes over; said before that can happen. */
  void tell(LongConsumer hearer) {
    told = hearer;
  }

  /** From here on it serves. */
  void serves(long itsPid) {
    pid = itsPid;
    told.accept(itsPid);
  }

  boolean isThere() {
    return pid != 0;
  }
}
