package io.fairlead.http.exchange;

import io.fairlead.net.http.FieldEdits;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Edits of requests that are over, for the next ones of the same event loop: most requests need
 * room for a dozen names and values, and none of it outlives them. Keeps {@value #KEPT_MAX} for
 * each loop; more is left to the collector.
 */
final class SpareEdits {
  private static final int KEPT_MAX = 256;

  private static final FastThreadLocal<ArrayDeque<FieldEdits>> SPARE =
      new FastThreadLocal<>() {
        @Override
        protected ArrayDeque<FieldEdits> initialValue() {
          return new ArrayDeque<>();
        }
      };

  private SpareEdits() {}

  /** Empty ones. */
  static FieldEdits take() {
    @Nullable FieldEdits spare = SPARE.get().pollLast();
    return spare == null ? new FieldEdits() : spare;
  }

  /** Nobody looks at these any more. */
  static void giveBack(FieldEdits edits) {
    ArrayDeque<FieldEdits> kept = SPARE.get();
    if (kept.size() < KEPT_MAX) kept.addLast(edits.clear());
  }
}
