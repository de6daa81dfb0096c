package io.fairlead.net.budget;

import io.fairlead.core.unit.ByteSize;

/** The size of the budget as configuration writes it. */
public sealed interface MemoryLimit {
  MemoryLimit DEFAULT = new Share(0.5);

  /** No budget: only the bounds of each connection hold. */
  record Off() implements MemoryLimit {}

  /** So many bytes. */
  record Bytes(ByteSize size) implements MemoryLimit {}

  /** A share of the larger of heap and direct memory; {@code share} above 0, at most 1. */
  record Share(double share) implements MemoryLimit {
    public Share {
      if (!(share > 0 && share <= 1)) {
        throw new IllegalArgumentException("share: " + share + " (expected: > 0%, <= 100%)");
      }
    }
  }

  /**
   * The limit in bytes; {@link Long#MAX_VALUE} when off. Never more than nine tenths of the direct
   * memory there is: beyond that the budget would be full only after the memory is.
   */
  default long bytes(long heapMax, long directMax) {
    return switch (this) {
      case Off _ -> Long.MAX_VALUE;
      case Bytes(ByteSize size) -> Math.min(size.bytes(), directMax / 10 * 9);
      case Share(double share) ->
          Math.min((long) (Math.max(heapMax, directMax) * share), directMax / 10 * 9);
    };
  }
}
