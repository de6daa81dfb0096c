package io.fairlead.pubsub.log;

import java.util.OptionalLong;

/**
 * How many blocks one question about history covers: half as many after a refusal (or what the node
 * suggests), half as many again after three answers, up to a bound. Not thread-safe.
 */
final class Pager {
  private static final int GROW_AFTER = 3;

  private final long spanMax;
  private long span;
  private int successes;

  Pager(long spanStart, long spanMax) {
    this.span = spanStart;
    this.spanMax = spanMax;
  }

  long span() {
    return span;
  }

  void answered() {
    if (++successes < GROW_AFTER) return;
    successes = 0;
    span = Math.min(spanMax, Math.max(span + 1, span * 3 / 2));
  }

  /**
   * @param asked how many blocks the refused question covered
   * @return false when not even one block is answered
   */
  boolean refused(long asked, OptionalLong hint) {
    successes = 0;
    if (asked <= 1) return false;
    long half = asked / 2;
    span = hint.isPresent() && hint.getAsLong() >= 1 ? Math.min(hint.getAsLong(), asked - 1) : half;
    return true;
  }
}
