package io.fairlead.net.budget;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.ByteSize;
import java.util.Optional;

/** The size of the budget as configuration writes it. */
public sealed interface MemoryLimit {
  MemoryLimit DEFAULT = new Share(0.5);

  /** As configuration writes it: a share, a size of 1 MiB or more, or {@code off}. */
  ConfigType<MemoryLimit> TYPE =
      Types.orOff(
              Types.<MemoryLimit>oneOf(
                  "a share such as 50%, or a size such as 512MiB",
                  Types.percent()
                      .<MemoryLimit>mapped(
                          Codes.OUT_OF_RANGE,
                          MemoryLimit.Share::new,
                          limit -> limit instanceof MemoryLimit.Share(double share) ? share : 1.0),
                  Types.size()
                      .atLeast(ByteSize.ofMebi(1))
                      .<MemoryLimit>mapped(
                          Codes.OUT_OF_RANGE,
                          MemoryLimit.Bytes::new,
                          limit ->
                              limit instanceof MemoryLimit.Bytes(ByteSize size)
                                  ? size
                                  : new ByteSize(0))))
          .mapped(
              Codes.OUT_OF_RANGE,
              limit -> limit.orElseGet(MemoryLimit.Off::new),
              limit -> limit instanceof MemoryLimit.Off ? Optional.empty() : Optional.of(limit));

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
